import ArgumentParser
import CrierClient
import Testing

@testable import crier

@Suite("crier kv: the command line")
struct KeyValueCommandTests {
    private func isRefused(_ arguments: String...) -> Bool {
        do {
            _ = try Crier.parseAsRoot(["kv"] + arguments)
            return false
        } catch {
            return Crier.exitCode(for: error) == .validationFailure
        }
    }

    @Test("A value may begin with a dash, and a wrong option is no value")
    func dashes() throws {
        let put = try #require(
            try Crier.parseAsRoot(["kv", "put", "k", "-5", "--type", "int", "-n", "app"]) as? KVPut)
        #expect(put.words == ["-5"] && put.type == .int && put.options.namespaces.namespace == "app")
        let cas = try #require(
            try Crier.parseAsRoot(["kv", "cas", "k", "-1", "-2", "--type", "int", "-n", "app"]) as? KVCompareAndSwap)
        #expect(cas.words == ["-1", "-2"])
        let incr = try #require(
            try Crier.parseAsRoot(["kv", "incr", "k", "--by", "-3", "-n", "app"]) as? KVIncrement)
        #expect(incr.by == -3)
        #expect(isRefused("put", "k", "5", "--tpye", "int", "-n", "app"))
        #expect(throws: Never.self) { try Crier.parseAsRoot(["kv", "put", "k", "-n", "app", "--", "--x"]) }
    }

    @Test("A value that is not of its type is refused before anything is asked")
    func types() {
        #expect(isRefused("put", "k", "x", "--type", "int", "-n", "a"))
        #expect(isRefused("put", "k", "9223372036854775808", "--type", "int", "-n", "a"))
        #expect(isRefused("put", "k", "NaN", "--type", "double", "-n", "a"))
        #expect(isRefused("put", "k", "TRUE", "--type", "bool", "-n", "a"))
        #expect(isRefused("put", "k", "{\"a\":", "--type", "json", "-n", "a"))
        #expect(isRefused("put", "k", "!", "--type", "bytes", "-n", "a"))
        #expect(isRefused("put", "k", "x", "--type", "number", "-n", "a"))
        #expect(isRefused("cas", "k", "1", "x", "--type", "int", "-n", "a"))
        #expect(!isRefused("put", "k", "-", "--type", "int", "-n", "a"))
    }

    @Test("Conditions exclude each other, and a deletion is of a key or of a prefix")
    func conditions() {
        #expect(isRefused("put", "k", "v", "--if-absent", "--if-present", "-n", "a"))
        #expect(isRefused("put", "k", "v", "--if-absent", "--if-revision", "3", "-n", "a"))
        #expect(isRefused("del", "-n", "a"))
        #expect(isRefused("del", "k", "--prefix", "k", "-n", "a"))
        #expect(isRefused("del", "--prefix", "k", "--if-present", "-n", "a"))
        #expect(!isRefused("del", "--prefix", "", "-n", "a"))
    }

    @Test("A position is epoch:revision, and a watch begins in one way")
    func positions() throws {
        #expect(isRefused("watch", "--from", "7", "-n", "a"))
        #expect(isRefused("watch", "--from", "7:-1", "-n", "a"))
        #expect(isRefused("watch", "--from", "7:1", "--snapshot", "-n", "a"))
        #expect(isRefused("watch", "--count", "0", "-n", "a"))
        let watch = try #require(try Crier.parseAsRoot(["kv", "watch", "--from", "7:1042", "-n", "a"]) as? KVWatch)
        #expect(watch.from == KeyValuePosition(epoch: 7, revision: 1042))
    }

    @Test("A time to live has a unit")
    func timesToLive() {
        #expect(TimeSpan(argument: "30s") == TimeSpan(milliseconds: 30_000))
        #expect(TimeSpan(argument: "500ms") == TimeSpan(milliseconds: 500))
        #expect(TimeSpan(argument: "1.5m") == TimeSpan(milliseconds: 90_000))
        #expect(TimeSpan(argument: "12h") == TimeSpan(milliseconds: 43_200_000))
        #expect(TimeSpan(argument: "7d") == TimeSpan(milliseconds: 604_800_000))
        for wrong in ["", "s", "30", "-1s", "0s", "1e3s", "0.1ms", "99999999999999d", ".s"] {
            #expect(TimeSpan(argument: wrong) == nil, "\(wrong)")
        }
    }

    @Test("Every kv command explains itself with an example")
    func help() {
        for command in KeyValueCommand.configuration.subcommands {
            let configuration = command.configuration
            #expect(!configuration.abstract.isEmpty)
            #expect(configuration.discussion.contains("crier kv \(configuration.commandName ?? "")"))
        }
    }
}
