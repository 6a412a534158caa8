import CrierCore

/// The names in requests. An empty field is a missing one: it is told apart from one that is wrong.
extension StoreKey {
    /// Throws `invalid` naming the field.
    init(namespace: String, key: String) throws(KeyValueError) {
        try self.init(try StoreNamespace(named: namespace), key)
    }
}

extension StoreNamespace {
    /// Throws `invalid` naming the field.
    init(named name: String) throws(KeyValueError) {
        guard !name.isEmpty else {
            throw KeyValueError(
                .invalid,
                "namespace is missing: 1 to \(KeyValueLimits.namespaceBytes) characters of A-Z a-z 0-9 . _ -"
            )
        }
        try self.init(name)
    }
}

extension StoreScope {
    /// What a list or a watch is about: without a namespace, everything. Throws `invalid` naming the field.
    init(namespace: String, prefix: String) throws(KeyValueError) {
        guard !namespace.isEmpty else {
            guard prefix.isEmpty else {
                throw KeyValueError(.invalid, "prefix needs a namespace: without one, all keys of all are meant")
            }
            self = .everything
            return
        }
        try self.init(StoreNamespace(namespace), prefix: Self.checked(prefix))
    }

    /// Throws `invalid` for what no key begins with.
    static func checked(_ prefix: String) throws(KeyValueError) -> String {
        guard prefix.utf8.count <= KeyValueLimits.keyBytes, !prefix.hasControlCharacters else {
            throw KeyValueError(
                .invalid,
                "prefix of \(prefix.utf8.count) bytes is not allowed: it must be at most \(KeyValueLimits.keyBytes) "
                    + "bytes of UTF-8 without control characters"
            )
        }
        return prefix
    }
}
