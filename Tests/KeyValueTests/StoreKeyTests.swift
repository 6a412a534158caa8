import CrierCore
import Testing

@Suite("StoreKey")
struct StoreKeyTests {
    @Test(
        "A namespace of up to 63 allowed characters is taken",
        arguments: ["a", "App-1.x_y", String(repeating: "n", count: 63)])
    func goodNamespace(_ name: String) throws {
        #expect(try StoreNamespace(name).name == name)
    }

    @Test(
        "A wrong namespace is refused with its value and what is allowed",
        arguments: ["", "a b", "a/b", "ä", String(repeating: "n", count: 64)]
    )
    func badNamespace(_ name: String) {
        #expect { try StoreNamespace(name) } throws: { error in
            let error = error as? KeyValueError
            return error?.code == .invalid && error?.message.contains("63") == true
        }
    }

    @Test(
        "Keys with slashes, spaces, percent signs and emoji are taken",
        arguments: ["a/b", " ", "50%", "\u{1F600}", "..", "//"])
    func goodKey(_ key: String) throws {
        let namespace = StoreNamespace(constant: "n")
        #expect(try StoreKey(namespace, key).key == key)
    }

    @Test(
        "An empty key, a long one, and control characters are refused",
        arguments: ["", "\n", "\u{7f}", "\u{85}", String(repeating: "k", count: 513)]
    )
    func badKey(_ key: String) {
        #expect { try StoreKey(StoreNamespace(constant: "n"), key) } throws: { error in
            (error as? KeyValueError)?.code == .invalid
        }
    }

    // Not an argument of the tests above: a NUL in an argument's description cuts off what `swift test` prints.
    @Test("A NUL inside a name is refused rather than cut off")
    func nul() {
        #expect(throws: KeyValueError.self) { try StoreNamespace("a\u{0}") }
        #expect(throws: KeyValueError.self) { try StoreKey(StoreNamespace(constant: "n"), "a\u{0}b") }
    }

    @Test("A refusal quotes a hostile key escaped and cut, not as it came")
    func excerpt() {
        #expect {
            try StoreKey(StoreNamespace(constant: "n"), "\u{1b}[31m" + String(repeating: "k", count: 600))
        } throws: { error in
            guard let message = (error as? KeyValueError)?.message else { return false }
            return !message.contains("\u{1b}") && message.utf8.count < 300
        }
    }

    @Test("Exactly the characters of Unicode's category Cc are control characters")
    func controlCharacters() {
        for number in (0...0x2FFF as ClosedRange<UInt32>) {
            guard let character = Unicode.Scalar(number) else { continue }
            let isControl = character.properties.generalCategory == .control
            #expect("ä\(Character(character))b".hasControlCharacters == isControl, "U+\(String(number, radix: 16))")
        }
    }
}
