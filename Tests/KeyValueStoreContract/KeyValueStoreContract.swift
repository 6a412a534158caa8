public import CrierCore
public import Testing

/// One promise of the port, and how to see whether a driver keeps it.
///
/// A driver's tests name themselves and nothing else:
///
/// ```swift
/// @Test("The memory store keeps every promise of the port", arguments: KeyValueStoreContract.promises)
/// func contract(_ promise: StorePromise) async throws {
///     try await promise.check(MemoryKeyValueStore())
/// }
/// ```
public struct StorePromise: Sendable, CustomTestStringConvertible {
    public let testDescription: String
    private let body: @Sendable (any KeyValueStore) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (any KeyValueStore) async throws -> Void) {
        testDescription = name
        self.body = body
    }

    /// Records what an empty `store` does otherwise than promised.
    public func check(_ store: any KeyValueStore) async throws {
        try await body(store)
    }
}

/// The suite that every driver of `KeyValueStore` passes.
public enum KeyValueStoreContract {
    public static let promises =
        readPromises + writePromises + conditionPromises + transactionPromises + listPromises + watchPromises
        + historyPromises
}

let room = StoreNamespace(constant: "contract")

func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(room, name) }

/// Expects `body` to be refused with `code`, and returns the refusal.
@discardableResult
func expectRefusal<R>(
    _ code: KeyValueError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws(KeyValueError) -> R
) async -> KeyValueError? {
    do throws(KeyValueError) {
        _ = try await body()
        Issue.record("expected \(code), and nothing was refused", sourceLocation: sourceLocation)
        return nil
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    }
}
