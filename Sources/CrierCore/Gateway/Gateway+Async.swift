import NIOCore

/// For callers that are not on a loop: REST, tests, the rare ones.
extension Gateway {
    /// Throws what is wrong with the request; see `push(_:on:caller:tag:)`.
    public func push(_ request: PushRequest) async throws(GatewayError) -> PushResult {
        let loop = loops[request.client.shard(of: loops.count)]
        let result: Result<PushResult, GatewayError> = await withCheckedContinuation { continuation in
            loop.eventLoop.execute {
                do throws(GatewayError) {
                    try self.push(request, on: loop.eventLoop, caller: ContinuationCaller(continuation))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

private final class ContinuationCaller: PushCaller {
    private let continuation: CheckedContinuation<Result<PushResult, GatewayError>, Never>

    init(_ continuation: CheckedContinuation<Result<PushResult, GatewayError>, Never>) {
        self.continuation = continuation
    }

    func pushed(_ result: PushResult, tag: UInt64) { continuation.resume(returning: .success(result)) }
}
