/// What somebody set, and where.
struct SettingValue: Equatable {
    enum Origin: Equatable, CustomStringConvertible {
        case flag(String)
        case environment(String)
        case file(String, line: Int?, key: String)

        var description: String {
            switch self {
            case .flag(let name): "--\(name)"
            case .environment(let name): "environment variable \(name)"
            case .file(let path, let line?, let key): "\(path), line \(line): \(key)"
            case .file(let path, nil, let key): "\(path): \(key)"
            }
        }
    }

    let text: String
    let origin: Origin

    /// The refusal of this value, naming the setting, the value and what is allowed.
    func refused(_ allowed: String) -> SettingError {
        SettingError("\(origin): \"\(text)\" is not allowed; it must be \(allowed)")
    }
}

/// A setting that cannot be used. The message names it, its value and what is allowed.
struct SettingError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
