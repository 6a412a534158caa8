import ArgumentParser
import CrierClient
import NIOCore
import Synchronization

/// `crier bench kv`: how fast the shared state is read, written and followed.
struct KeyValueBench: AsyncParsableCommand {
    enum Operation: String, ExpressibleByArgument, CaseIterable {
        case put
        case get
        case watch
        case fanout
        case local
    }

    static let configuration = CommandConfiguration(
        commandName: "kv",
        abstract: "Read, write and follow the shared state; or a peer's, with the same client.",
        discussion: """
            put, get   --clients connections, each with one request at a time
            watch      puts at --rate a second, and how long each takes to a watcher
            fanout     --watchers watches of one key, and how long a put takes to the last
            local      reads of an int from a DistributedMemory; no round trip

            Writes into the namespace "bench". Keys are chosen at random among --keys;
            get puts them there first.

              crier bench kv put --clients 64
              crier bench kv get --clients 64 --target rest=127.0.0.1:8080
              crier bench kv watch --rate 1000
              crier bench kv fanout --watchers 10000
              crier bench kv put --clients 64 --target redis=127.0.0.1:6379
              crier bench kv put --clients 64 --target etcd=127.0.0.1:2379
            """
    )

    @Argument(help: "put, get, watch, fanout or local.")
    var operation: Operation

    @Option(help: ArgumentHelp("gateway, rest=host:port, etcd=host:port or redis=host:port.", valueName: "target"))
    var target = BenchTarget.gateway

    @Option(help: "Connections, each with one request at a time.")
    var clients = 64

    @Option(help: "How long to measure, after half a second to get warm.")
    var seconds = 4.0

    @Option(help: "Keys to choose from.")
    var keys = 10_000

    @Option(help: "Bytes of a value; 20 at least.")
    var size = 128

    @Option(help: "With watch: puts a second.")
    var rate = 1000

    @Option(help: "With fanout: watches, spread over connections of 500.")
    var watchers = 10_000

    @Option(help: "With fanout: puts, one after the other.")
    var rounds = 10

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...1000).contains(clients), (0.1...3600).contains(seconds), (1...1_000_000).contains(keys) else {
            throw ValidationError("--clients is 1 to 1000, --seconds 0.1 to 3600, --keys 1 to 1000000")
        }
        guard (20...100_000).contains(size), (1...100_000).contains(rate), (1...50_000).contains(watchers) else {
            throw ValidationError("--size is 20 to 100000, --rate 1 to 100000, --watchers 1 to 50000")
        }
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds is 1 to 10000") }
    }

    func run() async throws {
        try await reportingErrors {
            let gateway = try options.gateway.configuration()
            let load = KeyValueLoad(target: target, gateway: gateway, keys: keys, size: size)
            var report = BenchReport("kv \(operation.rawValue), \(target.name)")
            switch operation {
            case .put, .get: try await loop(load, &report)
            case .watch: try await watch(load, &report)
            case .fanout: try await fanout(load, &report)
            case .local:
                let rounds = try await LocalReads(gateway: gateway, keys: min(keys, 10_000)).run(seconds: seconds)
                report.add("read, median", rounds.sorted()[rounds.count / 2], "ns")
                report.add("read, worst of \(rounds.count) rounds", rounds.max() ?? 0, "ns")
            }
            try options.finish(report)
        }
    }

    private func loop(_ load: KeyValueLoad, _ report: inout BenchReport) async throws {
        if operation == .get { try await load.fill() }
        let isPut = operation == .put
        let result = try await load.closedLoop(clients: clients, seconds: seconds, server: options.server) {
            store, key in
            if isPut { try await store.put(key, load.value) } else { try await store.get(key) }
        }
        report.add("clients", Double(clients))
        report.add("throughput", Double(result.latency.count) / result.seconds, "operations/s")
        report.add(result.latency)
        report.add(result.before, result.after, per: Double(result.latency.count) / 1e6, "million operations")
    }

    private func watch(_ load: KeyValueLoad, _ report: inout BenchReport) async throws {
        let count = Int(Double(rate) * seconds)
        let before = options.server?.sample()
        let result = try await load.watched(rate: rate, count: count)
        report.add("puts", Double(count))
        report.add("rate", Double(rate), "puts/s")
        report.add("told", Double(result.told.count))
        report.add(result.told)
        report.add("put p50", result.puts.quantile(0.5) / 1000, "ms")
        report.add("put p99", result.puts.quantile(0.99) / 1000, "ms")
        report.add(before, options.server?.sample(), per: Double(count) / 1e6, "million puts")
        if result.told.count != UInt64(count) {
            report.faults.append("\(result.told.count) of \(count) changes were told")
        }
    }

    private func fanout(_ load: KeyValueLoad, _ report: inout BenchReport) async throws {
        let (empty, result) = (options.server?.sample(), try await load.fanout(watchers: watchers, rounds: rounds))
        report.add("watchers", Double(watchers))
        report.add("puts", Double(rounds))
        report.add("to the last watcher, median", result.rounds.sorted()[result.rounds.count / 2], "ms")
        report.add("to the last watcher, worst", result.rounds.max() ?? 0, "ms")
        report.add(empty, options.server?.sample(), per: Double(watchers * rounds) / 1e6, "million told")
        if result.missing > 0 { report.faults.append("\(result.missing) changes were not told") }
    }
}
