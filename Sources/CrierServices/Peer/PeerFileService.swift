public import CrierCore
public import CrierGRPC
import CrierMessages
import NIOCore

/// `crier.v1.PeerFileService`: other nodes have this one keep copies. On the peer door only.
public struct PeerFileService: Sendable {
    private let replicas: any FileReplicas

    public init(_ replicas: any FileReplicas) {
        self.replicas = replicas
    }

    /// Adds the service's method to the table of the peer door.
    public func add(to methods: inout MethodTable) {
        methods.addAsync("Hold", service: "crier.v1.PeerFileService") { [replicas] call in
            do {
                let info = try await call.request(FileInfo.self)
                let held = try await replicas.hold(try FileDescription(info))
                try await call.send(FramedMessage(FileInfo(held)))
            } catch let error as FileStoreError {
                throw GRPCStatus(error)
            }
        }
    }
}

extension FileDescription {
    /// Throws INVALID_ARGUMENT naming the field.
    fileprivate init(_ info: FileInfo) throws(FileStoreError) {
        guard let digest = ContentDigest(info.sha256) else {
            throw .invalidArgument(
                "sha256", "of \(info.sha256.count) bytes",
                "is no digest; \(ContentDigest.byteCount) bytes are allowed"
            )
        }
        guard (0...FileLimits.fileBytes).contains(info.size) else {
            throw .invalidArgument("size", "\(info.size)", "is outside 0 to \(FileLimits.fileBytes)")
        }
        self.init(
            digest: digest, name: info.name, size: info.size, blockSize: BlockSize.forFile(ofSize: info.size),
            createdAt: info.createdAt, mediaType: info.mediaType, nodes: info.nodes
        )
    }
}
