import CrierCore
import Testing

@Suite("REST: values")
struct RESTValueTests {
    /// What is put, and the value and type that are read back.
    private static let values = [
        (#"{"value":"text"}"#, "text", "string"),
        (#"{"value":""}"#, "", "string"),
        (#"{"value":"a\u0000\n\"\\\/\ud83e\udd8a","type":"string"}"#, #"a\u0000\n\"\\/🦊"#, "string"),
        (#"{"value":"007","type":"int"}"#, "7", "int"),
        (#"{"value":"-9223372036854775808","type":"int"}"#, "-9223372036854775808", "int"),
        (#"{"value":9223372036854775807,"type":"int"}"#, "9223372036854775807", "int"),
        (#"{"value":9007199254740993}"#, "9007199254740993", "int"),
        (#"{"value":-0}"#, "0", "int"),
        (#"{"value":"1.50","type":"double"}"#, "1.5", "double"),
        (#"{"value":1.0}"#, "1", "double"),
        (#"{"value":1,"type":"double"}"#, "1", "double"),
        (#"{"value":0.1e-5,"type":"double"}"#, "1e-06", "double"),
        (#"{"value":"true","type":"bool"}"#, "true", "bool"),
        (#"{"value":false}"#, "false", "bool"),
        (#"{"value":{"b": 1,"a":[1.0, 2]},"type":"json"}"#, #"{\"b\": 1,\"a\":[1.0, 2]}"#, "json"),
        (#"{"value":[ ]}"#, "[ ]", "json"),
        (#"{"value":"{\"n\":12345678901234567890}","type":"json"}"#, #"{\"n\":12345678901234567890}"#, "json"),
        (#"{"value":"AAH/","type":"bytes"}"#, "AAH/", "bytes"),
        (#" { "type" : "int" , "value" : "1" } "#, "1", "int"),
        (#"{"namespace":"app","key":"k","value":"1","type":"int","updatedAt":1700000000.25}"#, "1", "int"),
        (#"{"value":"1","ttl":null}"#, "1", "string"),
    ]

    @Test("A value comes back in the one form of its type; JSON's own values say their type", arguments: values)
    func value(json: String, value: String, type: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.put("k", json)
            #expect(answer.status == 200)
            #expect(answer.body == #"{"namespace":"app","key":"k","value":"\#(value)","type":"\#(type)"}"#)
        }
    }

    @Test(
        "A wrong body is 400, names the member, and changes nothing",
        arguments: [
            (#"{"value":"9223372036854775808","type":"int"}"#, "value"),
            (#"{"value":9223372036854775808}"#, "value"),
            (#"{"value":1.0,"type":"int"}"#, "value"),
            (#"{"value":"+1","type":"int"}"#, "value"),
            (#"{"value":" 1","type":"int"}"#, "value"),
            (#"{"value":"","type":"int"}"#, "value"),
            (#"{"value":"NaN","type":"double"}"#, "value"),
            (#"{"value":"1e999","type":"double"}"#, "value"),
            (#"{"value":"TRUE","type":"bool"}"#, "value"),
            (#"{"value":1,"type":"bool"}"#, "value"),
            (#"{"value":1,"type":"string"}"#, "value"),
            (#"{"value":{},"type":"string"}"#, "value"),
            (#"{"value":"{\"a\":}","type":"json"}"#, "value"),
            (#"{"value":"1","type":"json"}"#, "value"),
            (#"{"value":"AAH","type":"bytes"}"#, "value"),
            (#"{"value":"A*==","type":"bytes"}"#, "value"),
            (#"{"value":null}"#, "value"),
            (#"{"type":"int"}"#, "value"),
            (#"{"value":"1","type":"Int"}"#, "type"),
            (#"{"value":"1","type":7}"#, "type"),
            (#"{"value":"1","ttl":0}"#, "ttl"),
            (#"{"value":"1","ttl":-1}"#, "ttl"),
            (#"{"value":"1","ttl":0.0001}"#, "ttl"),
            (#"{"value":"1","ttl":1e300}"#, "ttl"),
            (#"{"value":"1","ttl":"60"}"#, "ttl"),
            (#"{"value":"1","tll":60}"#, "tll"),
            (#"{"value":"1","expiresAt":1}"#, "expiresAt"),
            (#"{"value":"1","value":"2"}"#, "value"),
            (#"{"value":"1","key":"other"}"#, "key"),
            (#"{"value":"1","namespace":"other"}"#, "namespace"),
            (#"["value"]"#, "the body"),
            (#""x""#, "the body"),
            (#"{"value":"1"}x"#, "body"),
            (#"{"value":"1",}"#, "body"),
            (#"{"value":"1""#, "body"),
            (#"{'value':'1'}"#, "body"),
            (#"{"value":tru}"#, "body"),
            (#"{"value":01}"#, "body"),
            (#"{"value":1.}"#, "body"),
            (#"{"value":.5}"#, "body"),
            (#"{"value":NaN}"#, "body"),
            (#"{"value":"\x"}"#, "body"),
            (#"{"value":"\ud800"}"#, "body"),
            (#"{"value":"\ud800\u0041"}"#, "body"),
            (#"{"value":[1,2}"#, "body"),
            (#"{"value":{"a" 1}}"#, "body"),
            ("{\"value\":\"a\nb\"}", "body"),
            ("\u{feff}{\"value\":\"1\"}", "the body"),
            ("", "body"),
        ])
    func wrong(json: String, field: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.put("k", json)
            #expect(answer.status == 400, "\(answer.body)")
            #expect(answer.body.contains("\"field\":\"\(field)\""), "\(answer.body)")
            #expect(try await server.get("k")["X-Crier-Position"] == "7:0")
        }
    }

    @Test("Bytes that are not UTF-8 in a body are 400")
    func notUTF8() async throws {
        try await RESTServer.with { server async throws in
            var bytes = Array("PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nConnection: close\r\n".utf8)
            bytes += Array("Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"value\":\"".utf8)
            bytes += [0xff] + Array("\"}".utf8)
            #expect(HTTPServer.Answer(try await server.http.exchange(bytes))?.status == 400)
        }
    }

    @Test("A value of 1 MiB is taken, one byte more is 413")
    func largest() async throws {
        try await RESTServer.with { server async throws in
            let largest = String(repeating: "x", count: KeyValueLimits.valueBytes)
            #expect(try await server.put("k", #"{"value":"\#(largest)"}"#).status == 200)
            #expect(try await server.put("k", #"{"value":"\#(largest)x"}"#).status == 413)
            #expect(try await server.get("k").body.contains(largest))
        }
    }

    @Test("Nesting is bounded before it costs a stack")
    func nesting() async throws {
        try await RESTServer.with { server async throws in
            let deep = String(repeating: "[", count: 100_000)
            #expect(try await server.put("k", #"{"value":\#(deep)"#).status == 400)
        }
    }

    @Test("A time to live shows when the entry goes, down to a millisecond")
    func ttl() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("k", #"{"value":"1","ttl":60.001}"#)
            #expect(try await server.get("k").body.hasSuffix(#""updatedAt":1700000000.25,"expiresAt":1700000060.251}"#))
            _ = try await server.put("k", #"{"value":"1"}"#)
            #expect(try await server.get("k").body.hasSuffix(#""updatedAt":1700000000.25}"#))
        }
    }

    @Test(
        "A body that is not called JSON is 415, with the header to use; a form cannot write",
        arguments: [
            nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/jsonp",
            "text/json", "",
        ])
    func contentType(type: String?) async throws {
        try await RESTServer.with { server async throws in
            let headers = type.map { [("Content-Type", $0)] } ?? []
            let answer = try await server.http.send("PUT", "/v1/kv/app/k", headers, body: #"{"value":"1"}"#)
            #expect(answer.status == 415)
            #expect(answer.body.contains("Content-Type: application/json"))
        }
    }

    @Test(
        "JSON under its other names is taken",
        arguments: [
            "application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json",
        ])
    func jsonTypes(type: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.http.send(
                "PUT", "/v1/kv/app/k", [("Content-Type", type)], body: #"{"value":"1"}"#)
            #expect(answer.status == 200)
        }
    }
}
