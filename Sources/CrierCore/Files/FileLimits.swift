/// What the file contract allows. These numbers are part of the wire contract: every node and client may rely on them.
public enum FileLimits {
    /// Bytes of UTF-8 in a file's name. 255 is what ext4, XFS and APFS allow a directory entry.
    public static let nameBytes = 255

    /// Bytes of UTF-8 in an `upload_id`. Room for a UUID, a host name and a path's digest together.
    public static let uploadIDBytes = 255

    /// Bytes in a media type: RFC 6838 gives type and subtype 127 characters each.
    public static let mediaTypeBytes = 255

    /// Bytes of one file, 1 TiB. Its table of page checksums is then 64 MiB, which a gateway can still hold.
    public static let fileBytes: Int64 = 1 << 40

    /// The smallest block, 128 KiB: below it a digest weighs more than the bytes that it saves.
    public static let smallestBlockBytes: Int64 = 128 << 10

    /// The largest block, 16 MiB: what a client fetches again for one wrong byte.
    public static let largestBlockBytes: Int64 = 16 << 20

    /// Blocks that a file should stay below, so that its block table is at most 64 KB for files up to 32 GB.
    public static let desiredBlocks: Int64 = 2_000
}
