import Foundation
import Synchronization

/// A process of etcd for tests, with a directory of its own. It ends with this object, and with the test's process
/// however that ends.
public final class EtcdMember: Sendable {
    /// How one member of a cluster is told from the others.
    public struct Place: Sendable {
        public let name: String
        public let host: String
        public let clientPort: Int
        public let peerPort: Int

        /// The member of this number on a host; a host has room for 10.
        public init(_ number: Int, on host: String) {
            name = "m\(number)"
            self.host = host
            clientPort = 2_379 + 10 * number
            peerPort = 2_380 + 10 * number
        }
    }

    public let place: Place
    private let directory: URL
    private let cluster: String
    private let scheme: String
    private let flags: [String]
    private let process = Mutex<LeashedProcess?>(nil)

    /// - Parameters:
    ///   - places: of all members of the cluster, this one included.
    ///   - tls: what clients are spoken to with; nil: clear text.
    ///   - flags: beside those that every member gets.
    public init(_ place: Place, of places: [Place], tls: EtcdCertificates? = nil, flags: [String] = []) throws {
        self.place = place
        scheme = tls == nil ? "http" : "https"
        self.flags = (tls?.memberFlags ?? []) + flags
        // In memory where that is possible: what the disk of a test machine is like is of no interest.
        let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
        let parent =
            FileManager.default.fileExists(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        directory = parent.appending(path: "crier-etcd-\(UUID().uuidString)")
        cluster = places.map { "\($0.name)=http://\($0.host):\($0.peerPort)" }.joined(separator: ",")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// `host:port` for clients.
    public var address: String { "\(place.host):\(place.clientPort)" }

    /// Starts it, or starts it again with what it has.
    public func start() throws {
        let process = try LeashedProcess(command, in: directory)
        self.process.withLock { $0 = process }
    }

    /// Ends it at once, as a crash does. What it has stays.
    public func kill() { process.withLock { $0.take() }?.end() }

    /// Forgets everything that it has, while it does not run.
    public func wipe() throws {
        try FileManager.default.removeItem(at: directory.appending(path: "data"))
    }

    /// It does nothing any more, and its connections stay open.
    public func pause() { signal(SIGSTOP) }

    public func resume() { signal(SIGCONT) }

    private func signal(_ signal: Int32) {
        process.withLock { process in
            if let process { _ = Foundation.kill(process.pid, signal) }
        }
    }

    private var command: [String] {
        let client = "\(scheme)://\(address)"
        let peer = "http://\(place.host):\(place.peerPort)"
        return [
            "etcd", "--name", place.name, "--data-dir", "data", "--listen-client-urls", client,
            "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", cluster, "--initial-cluster-state", "new", "--logger", "zap",
            "--quota-backend-bytes", "8589934592",
        ] + flags
    }
}

/// Why a member cannot be started, or does not do what it was asked for.
public struct EtcdMemberError: Error, CustomStringConvertible {
    public let description: String
}
