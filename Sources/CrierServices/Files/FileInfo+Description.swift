import CrierCore
import CrierMessages

extension FileInfo {
    /// What the wire says of a file.
    init(_ file: FileDescription) {
        self.init(
            fileID: file.fileID, name: file.name, size: file.size, sha256: file.digest.bytes, blockSize: file.blockSize,
            createdAt: file.createdAt, nodes: file.nodes, mediaType: file.mediaType
        )
    }
}
