import CrierCore
import Testing

let inputPromises = [
    StorePromise("A double that is not finite and JSON that is broken are refused, and change nothing") { store in
        let before = try await store.get(key("k")).position
        let values: [StoreValue] = [
            .double(.nan), .double(.infinity), .double(-.infinity), .json(""), .json("1"), .json("{"), .json("[1,]"),
            .json(String(repeating: "[", count: 200) + String(repeating: "]", count: 200)),
        ]
        for value in values {
            let refusal = await expectRefusal(.invalid) { () async throws(KeyValueError) in
                try await store.transact(
                    StoreTransaction(then: [.put(key("good"), .bool(true)), .put(key("k"), value)])
                )
            }
            #expect(refusal?.message.contains("value of contract/k") == true)
        }
        #expect(try await store.get(key("good")) == StoreRead(entry: nil, position: before))
    },
    StorePromise("An expiry outside its range is refused, naming what is allowed") { store in
        for milliseconds in [Int64.min, -1, 0, KeyValueLimits.expiryMilliseconds.upperBound + 1, .max] {
            let refusal = await expectRefusal(.invalid) { () async throws(KeyValueError) in
                try await store.put(key("k"), .bool(true), expiry: .after(milliseconds: milliseconds))
            }
            #expect(refusal?.message.contains("\(milliseconds) ms") == true)
            #expect(refusal?.message.contains("from 1 to 315360000000 ms") == true)
        }
        try await store.put(key("k"), .bool(true), expiry: .after(milliseconds: 315_360_000_000))
    },
    StorePromise("Both branches of a transaction are checked, whichever is done") { store in
        for (then, otherwise) in [([StoreWrite](), [try broken()]), ([try broken()], [])] {
            await expectRefusal(.invalid) { () async throws(KeyValueError) in
                try await store.transact(
                    StoreTransaction(if: [.init(key("k"), .absent)], then: then, otherwise: otherwise)
                )
            }
        }
    },
    StorePromise("Conditions that contradict each other let only the otherwise branch through") { store in
        let guards = try [
            StoreTransaction.Guard(key("k"), .absent), StoreTransaction.Guard(key("k"), .present),
        ]
        for _ in 0..<2 {
            let outcome = try await store.transact(
                StoreTransaction(if: guards, then: [.delete(key("k"))], otherwise: [.put(key("k"), .bool(true))])
            )
            #expect(!outcome.succeeded)
        }
        #expect(try await store.get(key("k")).entry?.version == 2)
    },
]

private func broken() throws -> StoreWrite { .put(try key("k"), .double(.nan)) }
