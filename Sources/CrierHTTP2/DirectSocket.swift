import CLinux
import Glibc
import NIOCore

/// A clear-text socket that is written to past NIO's queue, as long as nothing waits there: one system call, no
/// allocation.
///
/// What the socket does not take goes through NIO, which waits for it; until that is out, everything does.
struct DirectSocket {
    private let descriptor: CInt

    /// nil for a channel that is no socket.
    init?(_ channel: any Channel) {
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            $0
        }
        guard let descriptor = found else { return nil }
        self.descriptor = descriptor
    }

    /// Returns how many bytes the socket took: 0 when it is full or broken. NIO tells the two apart.
    ///
    /// NIO closes the descriptor and says so by `channelInactive` in one step on the loop that this runs on; the
    /// connection is closed from then on and writes no more. So the number cannot belong to another connection by now.
    ///
    /// - Parameter more: Something follows at once: the kernel may wait for it.
    func write(_ bytes: UnsafeRawBufferPointer, more: Bool) -> Int {
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT) | (more ? CInt(MSG_MORE) : 0)
        while true {
            let taken = crier_send(descriptor, bytes.baseAddress, UInt(bytes.count), flags)
            if taken >= 0 { return taken }
            if errno != EINTR { return 0 }
        }
    }

    /// Has the kernel send whole segments only, until it is released (tcp(7), TCP_CORK). sendfile(2) cannot say that
    /// more follows, and a reader who is quicker than we are would be woken for each 16 KiB.
    func cork(_ isCorked: Bool) {
        var value: CInt = isCorked ? 1 : 0
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Sends a segment. Returns how many bytes the socket took.
    func write(_ segment: OutboundQueue.Segment, more: Bool) -> Int {
        switch segment {
        case .bytes(let buffer): buffer.withUnsafeReadableBytes { write($0, more: more) }
        case .slice(let slice): send(slice.file, offset: slice.offset, count: slice.count)
        }
    }

    /// Sends a file's bytes from the page cache (sendfile(2)). Returns how many the socket took.
    func send(_ file: ReadableFile, offset: Int64, count: Int) -> Int {
        var done = 0
        while done < count {
            let taken = file.withDescriptor {
                crier_sendfile(descriptor, $0, offset + Int64(done), UInt(count - done))
            }
            if taken > 0 { done += taken } else if taken == 0 || errno != EINTR { break }
        }
        return done
    }
}
