import CrierHTTP2

/// A file whose bytes messages end with; closed with its last reference.
public final class MessageFile: Sendable {
    let file: ReadableFile

    /// Takes over an open file descriptor.
    public init(owning descriptor: CInt) { file = ReadableFile(owning: descriptor) }
}

extension FramedMessage {
    /// A message whose last bytes come straight from a file: they are read into the socket's buffer when it has room.
    /// - Parameters:
    ///   - headSize: Bytes of the message before the file's.
    ///   - offset: Where the file's part begins in it.
    ///   - count: Bytes of the file's part.
    ///   - write: Writes exactly `headSize` bytes.
    public init(
        headSize: Int, file: MessageFile, offset: Int64, count: Int, write: (UnsafeMutableRawPointer) -> Void
    ) {
        self.init(headSize: headSize, tail: FileSlice(file: file.file, offset: offset, count: count), write: write)
    }
}
