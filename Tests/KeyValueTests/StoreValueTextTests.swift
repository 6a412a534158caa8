import CrierCore
import Testing

@Suite("StoreValue as text")
struct StoreValueTextTests {
    @Test(
        "A value that parses as its type is taken, and given back in its one form",
        arguments: [
            ("", .string, ""), ("a b", .string, "a b"), ("TRUE", .string, "TRUE"),
            ("0", .int, "0"), ("-0", .int, "0"), ("007", .int, "7"), ("-0012", .int, "-12"),
            ("9223372036854775807", .int, "9223372036854775807"),
            ("-9223372036854775808", .int, "-9223372036854775808"),
            ("00000000000000000000000000000001", .int, "1"),
            ("1", .double, "1"), ("-0", .double, "-0"), ("1.50", .double, "1.5"), ("1e2", .double, "100"),
            ("1E+20", .double, "1e20"), ("0.1", .double, "0.1"), ("5e-324", .double, "5e-324"),
            ("1.7976931348623157e308", .double, "1.7976931348623157e308"),
            ("true", .bool, "true"), ("false", .bool, "false"),
            ("{}", .json, "{}"), (" [ ] ", .json, " [ ] "), (#"{"a":[1,-0.5e+3,null,true,"\u00e9\n"]}"#, .json, nil),
            (#"[[],{"a":{}},[{}]]"#, .json, nil), (#"{"a":1,"a":2}"#, .json, nil),
            ("", .bytes, ""), ("AA==", .bytes, "AA=="), ("AP8K", .bytes, "AP8K"), ("+/8=", .bytes, "+/8="),
        ] as [(String, StoreValueType, String?)]
    )
    func good(_ text: String, _ type: StoreValueType, _ expected: String?) throws {
        let value = try StoreValue(text: text, type: type)
        #expect(value.type == type)
        #expect(value.text == expected ?? text)
        #expect(try StoreValue(text: value.text, type: type) == value)
    }

    @Test(
        "What does not parse as its type is refused, naming field, value and what is allowed",
        arguments: [
            ("", .int), ("+1", .int), ("1.0", .int), ("0x10", .int), (" 1", .int), ("1e3", .int), ("-", .int),
            ("9223372036854775808", .int), ("-9223372036854775809", .int), ("\u{661}", .int),
            ("", .double), ("NaN", .double), ("nan", .double), ("inf", .double), ("Infinity", .double),
            ("1e999", .double), ("-1e999", .double), ("+1", .double), (".5", .double), ("1.", .double),
            ("01", .double), ("0x1p3", .double), ("1 ", .double), ("1e", .double), ("-", .double),
            ("TRUE", .bool), ("True", .bool), ("1", .bool), ("", .bool), ("true ", .bool),
            ("", .json), ("1", .json), (#""a""#, .json), ("null", .json), ("{", .json), ("[1,]", .json),
            (#"{"a":1,}"#, .json), ("[1 2]", .json), (#"{a:1}"#, .json), (#"{"a" 1}"#, .json), ("{}{}", .json),
            ("[01]", .json), ("[nul]", .json), ("['a']", .json), ("[\"a\nb\"]", .json), (#"["\x"]"#, .json),
            (#"["\u12g4"]"#, .json), (#"["a]"#, .json), ("[}", .json), ("{]", .json), ("[1]x", .json), ("[,1]", .json),
            ("\u{feff}[]", .json), ("[NaN]", .json), ("[1.]", .json), ("[-]", .json), ("// c\n[]", .json),
            (#"{"a":}"#, .json), (#"{:1}"#, .json), (#"{"a":1 "b":2}"#, .json), (#"["\u12"]"#, .json),
            ("A", .bytes), ("AA", .bytes), ("AAA", .bytes), ("AA=", .bytes), ("====", .bytes), ("A===", .bytes),
            ("AB==", .bytes), ("AAB=", .bytes), ("AA==AA==", .bytes), ("AA A", .bytes), ("AAA\n", .bytes),
            ("_-AA", .bytes), ("A=AA", .bytes), ("AA=A", .bytes),
        ] as [(String, StoreValueType)]
    )
    func bad(_ text: String, _ type: StoreValueType) {
        #expect {
            try StoreValue(text: text, type: type, field: "items[3].value")
        } throws: { error in
            guard let error = error as? KeyValueError else { return false }
            return error.code == .invalid && error.message.hasPrefix("items[3].value \"")
                && error.message.contains("must be")
        }
    }

    @Test("Bytes of every length read back from their base64")
    func base64() throws {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 250) }
            #expect(try StoreValue(text: StoreValue.bytes(bytes).text, type: .bytes) == .bytes(bytes))
        }
    }

    @Test("Every finite double reads back equal from its text, which JSON readers take")
    func doubles() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            let value = StoreValue.double(number)
            #expect(try StoreValue(text: value.text, type: .double) == value, "\(value.text)")
        }
    }

    @Test("Exactly the limit of nesting is taken, one more is refused, and a megabyte of brackets is no trouble")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try StoreValue(text: nested(KeyValueLimits.jsonDepth), type: .json)
        for depth in [KeyValueLimits.jsonDepth + 1, 1 << 20] {
            #expect(throws: KeyValueError.self) { try StoreValue(text: nested(depth), type: .json) }
        }
    }

    @Test("An unknown type is refused with the names that there are", arguments: ["", "Int", "integer", "float"])
    func types(_ name: String) {
        #expect {
            try StoreValueType(named: name)
        } throws: { error in
            (error as? KeyValueError)?.message.contains("string, int, double, bool, json, bytes") == true
        }
    }
}
