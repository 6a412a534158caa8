import Foundation
import Testing

extension RealProcesses {
    @Suite("crier kv export, import, backup and restore")
    struct KeyValueCopies {
        /// Entries of every type, with awkward keys and texts, one of them with an expiry far away.
        static let filling = #"""
            kv put 'a b/%2F' $'line\nline' > /dev/null
            kv put 'größe' '🚀"\\' > /dev/null
            kv put int -42 --type int > /dev/null
            kv put double 1e-7 --type double > /dev/null
            kv put bool false --type bool > /dev/null
            kv put json '{"z":1,"a":[true,null]}' --type json > /dev/null
            head -c 100000 /dev/urandom | kv put bytes - --type bytes > /dev/null
            kv put later x --ttl 7d > /dev/null
            """#

        @Test("What was exported and imported elsewhere is the same list, and exports the same lines")
        func roundTrip() async throws {
            try await Scenario.run { scenario in
                let kv = KeyValueShell(scenario: scenario, gateway: try await Gateway.start(scenario))
                let file = scenario.path("export.jsonl")
                let copied = try await kv.shell(
                    Self.filling
                        + """

                        kv export > '\(file)'
                        kv import -n copy '\(file)'
                        kv import --if-absent -n copy '\(file)'
                        kv export | sed 's/"expiresAt":[0-9.]*,//' > '\(file).a'
                        kv export -n copy | sed 's/"expiresAt":[0-9.]*,//' > '\(file).b'
                        cmp '\(file).a' '\(file).b' && echo same
                        """
                )
                #expect(copied.output == ["imported 8", "imported 0, already there 8", "same"], "\(copied.text)")
            }
        }
    }
}
