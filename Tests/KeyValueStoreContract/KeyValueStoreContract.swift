import CrierCore
public import Testing

/// One promise of the port, and how to see whether a driver keeps it.
///
/// A driver's tests name themselves and nothing else:
///
/// ```swift
/// @Test("The memory store keeps every promise of the port", arguments: KeyValueStoreContract.promises(MemoryDriver()))
/// func contract(_ promise: StorePromise) async throws {
///     try await promise.check(MemoryDriver())
/// }
/// ```
public struct StorePromise: Sendable, CustomTestStringConvertible {
    public let testDescription: String
    let needs: Set<StoreAbility>
    private let settings: ContractSettings
    private let body: @Sendable (any ContractStore) async throws -> Void

    /// A promise that needs nothing but the port.
    init(_ name: String, _ body: @escaping @Sendable (any KeyValueStore) async throws -> Void) {
        self.init(name, needs: []) { try await body($0.store) }
    }

    init(
        _ name: String,
        needs: Set<StoreAbility>,
        _ settings: ContractSettings = ContractSettings(),
        _ body: @escaping @Sendable (any ContractStore) async throws -> Void
    ) {
        testDescription = name
        self.needs = needs
        self.settings = settings
        self.body = body
    }

    /// Records what a new store of the driver does otherwise than promised.
    public func check(_ driver: any ContractDriver) async throws {
        let contract = try await driver.open(settings)
        do {
            try await body(contract)
        } catch {
            await contract.close()
            throw error
        }
        await contract.close()
    }
}

/// The suite that every driver of `KeyValueStore` passes.
public enum KeyValueStoreContract {
    /// Everything that is promised by drivers with all abilities.
    static let all: [StorePromise] = [
        readPromises, writePromises, conditionPromises, inputPromises, transactionPromises, listPromises,
        statisticsPromises, pastPromises, leasePromises, expiryPromises, restartPromises, quotaPromises,
        watchPromises, longWatchPromises, compactionPromises, modelPromises, linearizabilityPromises, backupPromises,
    ]
    .flatMap { $0 }

    /// What the driver promises.
    public static func promises(_ driver: any ContractDriver) -> [StorePromise] {
        all.filter { $0.needs.isSubset(of: driver.abilities) }
    }
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
