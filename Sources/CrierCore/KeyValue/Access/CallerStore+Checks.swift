/// What the caller may do.
extension CallerStore {
    func check(_ transaction: StoreTransaction) throws(KeyValueError) {
        for test in transaction.guards { try check(.read, test.key.namespace) }
        for write in transaction.then { try check(write) }
        for write in transaction.otherwise { try check(write) }
    }

    func check(_ operation: StoreOperation, _ namespace: StoreNamespace?) throws(KeyValueError) {
        guard !allows(operation, namespace) else { return }
        throw denied(operation, namespace.map { "namespace \($0)" } ?? "all namespaces")
    }

    /// Throws unless there may be a namespace with which the caller may do this.
    func checkSome(_ operation: StoreOperation) throws(KeyValueError) {
        guard caller.origin != .gateway, !access.policy.allowsSome(operation, by: caller) else { return }
        throw denied(operation, "any namespace")
    }

    func allows(_ operation: StoreOperation, _ namespace: StoreNamespace?) -> Bool {
        caller.origin == .gateway || access.policy.allows(operation, on: namespace, by: caller)
    }

    func mayWrite(_ namespace: StoreNamespace) -> Bool {
        caller.origin == .gateway || !namespace.isReserved && allows(.write, namespace)
    }

    private func check(_ write: StoreWrite) throws(KeyValueError) {
        let namespace = write.namespace
        guard !namespace.isReserved || caller.origin == .gateway else {
            throw KeyValueError(
                .denied,
                "namespace \(namespace) belongs to the gateway: names that begin with _ are not written from outside"
            )
        }
        try check(.write, namespace)
    }

    private func denied(_ operation: StoreOperation, _ room: String) -> KeyValueError {
        KeyValueError(.denied, "\(caller.address) may not \(operation.rawValue) \(room)")
    }
}
