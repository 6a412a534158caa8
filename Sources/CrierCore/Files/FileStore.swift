/// Where files are kept: immutable, named by content. Drivers are in `CrierStorage`.
///
/// The methods that say BLOCKS wait for the disk on the calling thread: call them on a thread pool, never on an event
/// loop.
public protocol FileStore: Sendable {
    /// What the store holds, in memory: listings and the facts for a notice come from here.
    var catalogue: FileCatalogue { get }

    /// Opens a content for reading. BLOCKS.
    ///
    /// What is open stays readable after it was deleted. Throws NOT_FOUND for unknown, DATA_LOSS for damaged bytes.
    func open(_ digest: ContentDigest) throws(FileStoreError) -> any StoredFile

    /// Begins or resumes an upload. A stream that still writes under the same upload id loses it: the newest wins.
    ///
    /// Throws FAILED_PRECONDITION with the committed offset when `beginning.offset` is another one, INVALID_ARGUMENT
    /// when the id was begun for another file, RESOURCE_EXHAUSTED when the disk has no room.
    func beginUpload(_ beginning: UploadBeginning) async throws(FileStoreError) -> UploadStart

    /// How far an upload is. An unknown id is at 0 and not complete.
    func uploadProgress(of id: UploadID) async throws(FileStoreError) -> UploadProgress

    /// Forgets a name, and the bytes with the last one; or bytes, and all their names. Answers what it was.
    func delete(_ id: FileID) async throws(FileStoreError) -> FileDescription
}
