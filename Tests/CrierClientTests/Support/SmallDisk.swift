import Foundation

/// A tmpfs of a few hundred KiB; only root can make one.
final class SmallDisk {
    static let isPossible = geteuid() == 0 && mountWorks

    let directory: TemporaryDirectory

    init(bytes: Int) throws {
        directory = try TemporaryDirectory()
        guard mount("tmpfs", directory.path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    deinit { umount2(directory.path, Int32(MNT_DETACH)) }

    private static let mountWorks: Bool = (try? SmallDisk(bytes: 65536)) != nil
}
