extension FileCatalogue: FileNoticeSource {
    public func completed(_ notice: FileNotice) throws(GatewayError) -> FileNotice {
        do throws(FileStoreError) {
            let file = try description(of: try FileID(notice.fileID, field: "file_notice.file_id"))
            var notice = notice
            notice.fileName = file.name
            notice.fileSize = file.size
            notice.fileID = file.fileID
            notice.sha256 = file.digest.bytes
            notice.blockSize = file.blockSize
            return notice
        } catch {
            throw GatewayError(error.code.ofNotice, field: "file_notice.file_id", error.message)
        }
    }
}

extension FileStoreError.Code {
    /// What it means for whoever announces the file.
    fileprivate var ofNotice: GatewayError.Code {
        switch self {
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        // Known but not to be had: announcing it would make every client fail.
        case .dataLoss, .failedPrecondition, .outOfRange, .aborted: .failedPrecondition
        case .resourceExhausted: .resourceExhausted
        case .unavailable, .internalFault: .unavailable
        }
    }
}
