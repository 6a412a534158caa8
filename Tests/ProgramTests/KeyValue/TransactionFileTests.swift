import CrierClient
import Testing

@testable import crier

@Suite("A transaction's JSON")
struct TransactionFileTests {
    private func read(_ text: String) throws -> KeyValueTransaction {
        try TransactionFile(Array(text.utf8), source: "txn.json", namespace: "app").transaction
    }

    private func refusal(_ text: String) -> String {
        do {
            _ = try read(text)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("Guards and writes are read as REST's body writes them")
    func whole() throws {
        let transaction = try read(
            """
            {"if":[{"key":"a","absent":true},{"key":"b","present":true},{"key":"c","revision":7},
                   {"key":"d","value":"3","type":"int"},{"key":"e","value":true,"type":"bool"}],
             "then":[{"key":"f","value":"x","ttl":1.5},{"key":"g","delete":true},{"key":"h","increment":-2},
                     {"key":"i","value":{"b":[1,2.5,null],"a":"x/y"},"type":"json"},
                     {"key":"j","value":9007199254740993,"type":"int"}],
             "else":[{"key":"k","value":"0.1","type":"double"}]}
            """
        )
        #expect(
            transaction.guards == [
                KeyValueGuard("a", in: "app", .absent), KeyValueGuard("b", in: "app", .present),
                KeyValueGuard("c", in: "app", .revision(7)), KeyValueGuard("d", in: "app", .value(.int(3))),
                KeyValueGuard("e", in: "app", .value(.bool(true))),
            ])
        #expect(
            transaction.then == [
                .put(namespace: "app", key: "f", value: .string("x"), expiry: .after(.milliseconds(1500))),
                .delete(namespace: "app", key: "g"), .increment(namespace: "app", key: "h", by: -2),
                .put(namespace: "app", key: "i", value: .json(#"{"a":"x/y","b":[1,2.5,null]}"#)),
                .put(namespace: "app", key: "j", value: .int(9_007_199_254_740_993)),
            ])
        #expect(transaction.otherwise == [.put(namespace: "app", key: "k", value: .double(0.1))])
    }

    @Test("What is wrong is named with its place and what is allowed")
    func refusals() {
        #expect(refusal("[]").contains("txn.json must be an object"))
        #expect(refusal("{").contains("txn.json is not JSON"))
        #expect(refusal(#"{"when":[]}"#).contains("no field \"when\""))
        #expect(refusal(#"{"then":{}}"#).contains("then must be an array"))
        #expect(refusal(#"{"then":[{"key":"a","valeu":"x"}]}"#).contains("then[0]: there is no field \"valeu\""))
        #expect(refusal(#"{"then":[{"value":"x"}]}"#).contains("then[0]: key must be given"))
        #expect(refusal(#"{"then":[{"key":"a","value":"x","delete":true}]}"#).contains("exactly one of"))
        #expect(refusal(#"{"then":[{"key":"a"}]}"#).contains("exactly one of"))
        #expect(refusal(#"{"then":[{"key":"a","increment":1.5}]}"#).contains("increment must be a whole number"))
        #expect(refusal(#"{"then":[{"key":"a","increment":9223372036854775808}]}"#).contains("whole number within 64"))
        #expect(refusal(#"{"then":[{"key":"a","value":"x","type":"int"}]}"#).contains("then[0]: value \"x\""))
        #expect(refusal(#"{"then":[{"key":"a","value":"x","ttl":0}]}"#).contains("ttl must be seconds"))
        #expect(refusal(#"{"then":[{"key":"a","delete":true,"ttl":1}]}"#).contains("type and ttl go with value"))
        #expect(refusal(#"{"if":[{"key":"a"}]}"#).contains("if[0]: exactly one of absent"))
        #expect(refusal(#"{"if":[{"key":"a","absent":true,"present":true}]}"#).contains("it has 2"))
        #expect(refusal(#"{"if":[{"key":"a","absent":false}]}"#).contains("absent must be true"))
        #expect(refusal(#"{"if":[{"key":"a","revision":0}]}"#).contains("revision must be more than 0"))
    }
}
