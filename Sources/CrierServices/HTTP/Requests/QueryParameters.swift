import CrierCore

/// The parameters of a query, each at most once: `?prefix=task.&limit=10`, `?stats`.
///
/// One that the call does not know is refused: what a caller mistyped would otherwise be left out in silence.
struct QueryParameters {
    private var values: [String: String?] = [:]

    init(_ query: Substring?) throws(Problem) {
        guard let query, !query.isEmpty else { return }
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try PercentEncoding.decode(parts[0], field: "query")
            let value: String? = parts.count > 1 ? try PercentEncoding.decode(parts[1], field: name) : nil
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem.wrong("parameter \(Excerpt(name)) is there twice", field: name)
            }
        }
    }

    /// Throws for the first parameter that is not one of `names`.
    func allow(_ names: [String]) throws(Problem) {
        guard let unknown = values.keys.filter({ !names.contains($0) }).min() else { return }
        let known = names.isEmpty ? "this call takes none" : "this call takes \(names.joined(separator: ", "))"
        throw Problem.wrong("parameter \(Excerpt(unknown)) is not known: \(known)", field: unknown)
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The text behind the equals sign, nil when the parameter is not there.
    func text(_ name: String) throws(Problem) -> String? {
        guard let value = values[name] else { return nil }
        guard let value else { throw Problem.wrong("parameter \(name) has no value", field: name) }
        return value
    }

    /// A whole number.
    ///
    /// - Parameter bare: what the parameter means without an equals sign; nil: it must have a value.
    func integer<Number: FixedWidthInteger>(
        _ name: String,
        in range: ClosedRange<Number>,
        bare: Number? = nil
    ) throws(Problem) -> Number? {
        guard let value = values[name] else { return nil }
        if value == nil, let bare { return bare }
        let text = value ?? ""
        guard text.utf8.first != UInt8(ascii: "+"), let number = Number(text), range.contains(number) else {
            throw Problem.wrong(
                "\(name) \(Excerpt(text)) is not allowed: "
                    + "it must be a number from \(range.lowerBound) to \(range.upperBound)",
                field: name
            )
        }
        return number
    }

    /// Whether the parameter is there; it has no value.
    func flag(_ name: String) throws(Problem) -> Bool {
        guard let value = values[name] else { return false }
        guard let value, !value.isEmpty else { return true }
        throw Problem.wrong("\(name) \(Excerpt(value)) is not allowed: \(name) has no value", field: name)
    }
}
