import ArgumentParser

/// `crier kv`: the shared state from the command line.
struct KeyValueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kv",
        abstract: "Read, write and follow the shared state.",
        discussion: """
            Keys live in namespaces: --namespace, else CRIER_INSTANCE_ID, else
            CRIER_APP_NAME. Values have types: string, int, double, bool, json, bytes.

              export CRIER_APP_NAME=shop
              crier kv put counter 100 --type int
              crier kv incr counter
              crier kv get counter
              crier kv list --prefix task.
              crier kv watch                            a line for every change

            What REST says (curl http://127.0.0.1:8080/v1/kv/shop/counter), --output
            json says with the same names. Exit status 2: there is no such key; 1: a
            condition did not hold, and nothing was changed.
            """,
        subcommands: [
            KVGet.self, KVPut.self, KVDelete.self, KVList.self, KVWatch.self, KVIncrement.self, KVCompareAndSwap.self,
            KVTransaction.self, KVHistory.self, KVRollback.self, KVStatistics.self, KVExport.self, KVImport.self,
            KVBackup.self, KVRestore.self,
        ]
    )
}
