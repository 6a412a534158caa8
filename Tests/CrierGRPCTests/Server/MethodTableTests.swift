import Testing

@testable import CrierGRPC

@Suite struct MethodTableTests {
    private func find(_ path: String, in table: MethodTable) -> String? {
        Array(path.utf8).withUnsafeBufferPointer { table.find($0)?._withUnsafeGuaranteedRef { $0.name } }
    }

    @Test("Every path finds its own method and no other, short and long, also when there are many of them")
    func everyPath() {
        var table = MethodTable()
        // Down to paths that are shorter than a word of the hash, and many that differ in one place only.
        for service in ["a", "package.v1.Service"] {
            for number in 0..<100 {
                table.addUnary("M\(number)", service: service, bareName: "b\(service)") { _, _ in }
            }
        }
        for service in ["a", "package.v1.Service"] {
            for number in 0..<100 {
                #expect(find("/\(service)/M\(number)", in: table) == "\(service)/M\(number)")
                #expect(find("/b\(service)/M\(number)", in: table) == "\(service)/M\(number)")
            }
        }
        #expect(table.serviceNames == ["a", "ba", "bpackage.v1.Service", "package.v1.Service"])
    }

    @Test(
        "What is almost a path finds nothing",
        arguments: ["", "/", "/a", "/a/", "/a/M", "/a/M1 ", "/a/m1", "a/M1", "/a/M11", "/a/M\u{0}1"]
    )
    func unknown(path: String) {
        var table = MethodTable()
        table.addUnary("M1", service: "a") { _, _ in }
        #expect(find(path, in: table) == nil)
    }
}
