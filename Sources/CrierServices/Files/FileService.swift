public import CrierCore
public import CrierGRPC
import CrierMessages
public import NIOPosix
import Synchronization

/// `crier.v1.FileService`: the door to the files, up and down.
public struct FileService: Sendable {
    static let name = "crier.v1.FileService"
    /// What the first published contract called it; every later gateway answers to it.
    static let bareName = "FileService"

    private let context: Context

    /// What the calls share.
    final class Context: Sendable {
        let store: any FileStore
        /// Where what waits for the disk is done.
        let threads: NIOThreadPool
        let files = SharedFiles()
        let compressors = Compressors()
        let metrics = FileMetrics()
        /// Bytes per second of each download; 0: no limit.
        let bytesPerSecond: Atomic<Int64>
        let downloads = Atomic<Int>(0)
        let uploadSilence: Duration

        init(store: any FileStore, threads: NIOThreadPool, bytesPerSecond: Int64, uploadSilence: Duration) {
            self.store = store
            self.threads = threads
            self.uploadSilence = uploadSilence
            self.bytesPerSecond = Atomic(bytesPerSecond)
        }
    }

    /// - Parameters:
    ///   - threads: for work that waits for the disk; started by the caller.
    ///   - downloadBytesPerSecond: the fastest that one download may be; 0: as fast as it goes.
    ///   - uploadSilence: for how long an upload may send nothing before it loses its place.
    public init(
        store: any FileStore, threads: NIOThreadPool, downloadBytesPerSecond: Int64 = 0,
        uploadSilence: Duration = FileServiceLimits.uploadSilence
    ) {
        context = Context(
            store: store, threads: threads, bytesPerSecond: downloadBytesPerSecond, uploadSilence: uploadSilence)
    }

    /// Changes the fastest that one download may be, for those under way too; 0: as fast as it goes.
    public func limitDownloads(toBytesPerSecond rate: Int64) {
        context.bytesPerSecond.store(max(rate, 0), ordering: .relaxed)
    }

    /// Adds the service's methods to the table.
    public func add(to methods: inout MethodTable) {
        methods.add("DownloadFile", service: Self.name, bareName: Self.bareName) { [context] call in
            DownloadCall(call, context)
        }
        addAsync("UploadFile", to: &methods) { [context] call in
            try await UploadCall(call, context.store, silence: context.uploadSilence).run()
        }
        addAsync("QueryUpload", to: &methods) { [context] call in try await FileQueries(call, context).queryUpload() }
        addAsync("GetFile", to: &methods) { [context] call in try await FileQueries(call, context).getFile() }
        addAsync("ListFiles", to: &methods) { [context] call in try await FileQueries(call, context).listFiles() }
        addAsync("DeleteFile", to: &methods) { [context] call in try await FileQueries(call, context).deleteFile() }
        addAsync("GetFileBlocks", to: &methods) { [context] call in try await FileQueries(call, context).getFileBlocks()
        }
    }

    /// A method in async form whose refusals have a place in the tables.
    private func addAsync(_ method: String, to methods: inout MethodTable, body: @escaping AsyncCall.Body) {
        methods.addAsync(method, service: Self.name, bareName: Self.bareName) { call in
            do {
                try await body(call)
            } catch let error as FileStoreError {
                throw GRPCStatus(error)
            } catch let error as WireError {
                throw GRPCStatus(error)
            }
        }
    }
}
