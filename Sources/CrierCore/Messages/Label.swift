/// A fact about a client or a file that selectors can match.
public struct Label: Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

extension Label {
    /// Throws INVALID_ARGUMENT naming the label when there are too many, or one is longer than its limit.
    static func check(_ labels: [Label]) throws(GatewayError) {
        guard labels.count <= Limits.labelsPerClient else {
            let allowed = "at most \(Limits.labelsPerClient) are allowed"
            throw GatewayError(.invalidArgument, field: "labels", "labels has \(labels.count) entries; \(allowed)")
        }
        for (index, label) in labels.enumerated() {
            guard !label.key.isEmpty else {
                throw GatewayError(.invalidArgument, field: "labels", "labels[\(index)].key is empty")
            }
            try GatewayError.check("labels[\(index)].key", label.key, atMost: Limits.labelKeyBytes.upperBound)
            try GatewayError.check("labels[\(index)].value", label.value, atMost: Limits.labelValueBytes)
        }
    }
}
