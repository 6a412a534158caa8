import CrierCore
import Testing

@Suite("The catalogue of files")
struct FileCatalogueTests {
    let catalogue = FileCatalogue(nodeID: "n1")

    private func digest(_ byte: UInt8) throws -> ContentDigest {
        try #require(ContentDigest([UInt8](repeating: byte, count: 32)))
    }

    private func add(_ byte: UInt8, createdAt: Int64 = 1) throws -> ContentDigest {
        let digest = try digest(byte)
        catalogue.add(.init(size: Int64(byte), blockSize: 131_072, createdAt: createdAt, mediaType: ""), digest: digest)
        return digest
    }

    private func bind(_ name: String, _ digest: ContentDigest, createdAt: Int64 = 2) throws {
        let binding = FileCatalogue.Binding(digest: digest, createdAt: createdAt, mediaType: "text/plain")
        catalogue.bind(try FileName(name, field: "name"), to: binding)
    }

    @Test("A name and its content id describe the same file")
    func lookUp() throws {
        let one = try add(1)
        try bind("a", one)
        let byName = try catalogue.description(of: FileID("a"))
        #expect(byName == (try catalogue.description(of: .content(one))))
        #expect(byName.name == "a" && byName.size == 1 && byName.nodes == ["n1"] && byName.mediaType == "text/plain")
    }

    @Test("What is unknown is NOT_FOUND")
    func unknown() throws {
        #expect(throws: FileStoreError.notFound(try FileID("a"))) { try catalogue.description(of: FileID("a")) }
        #expect(throws: FileStoreError.self) { try catalogue.description(of: .content(digest(9))) }
    }

    @Test("A name stands for its newest file; the older one stays reachable by its id")
    func newest() throws {
        let (old, new) = (try add(1), try add(2))
        try bind("a", old)
        try bind("a", new)
        #expect(try catalogue.description(of: FileID("a")).digest == new)
        #expect(try catalogue.description(of: .content(old)).name == "")
    }

    @Test("One content under two names is listed under each, and by id under the newest")
    func twoNames() throws {
        let one = try add(1)
        try bind("b", one)
        try bind("a", one)
        #expect(catalogue.list(prefix: "").map(\.name) == ["a", "b"])
        #expect(try catalogue.description(of: FileID("b")).name == "b")
        #expect(try catalogue.description(of: .content(one)).name == "a")
    }

    @Test("A listing holds the names of the prefix only; without a prefix also what has no name")
    func listing() throws {
        try bind("fw-1", add(1))
        try bind("fw-2", add(2))
        try bind("other", add(3))
        _ = try add(4)
        #expect(catalogue.list(prefix: "fw-").map(\.name) == ["fw-1", "fw-2"])
        #expect(catalogue.list(prefix: "").map(\.name) == ["fw-1", "fw-2", "other", ""])
    }

    @Test("Damaged bytes are DATA_LOSS until they come again")
    func damage() throws {
        let one = try add(1)
        try bind("a", one)
        catalogue.markDamaged(one, "page 0")
        for id in [try FileID("a"), .content(one)] {
            let error = #expect(throws: FileStoreError.self) { try catalogue.description(of: id) }
            #expect(error?.code == .dataLoss)
        }
        #expect(catalogue.content(one) == nil)
        #expect(catalogue.list(prefix: "").map(\.nodes) == [[]])
        #expect(try catalogue.description(of: FileID("a"), evenDamaged: true).name == "a")
        _ = try add(1)
        #expect(try catalogue.description(of: FileID("a")).digest == one)
    }
}
