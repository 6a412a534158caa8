import Testing

@testable import CrierHTTP2

@Suite struct BlockPoolTests {
    @Test("Blocks of all sizes hold what is asked for, apart from each other, and are used again")
    func blocks() throws {
        var pool = BlockPool()
        var taken: [(block: UnsafeMutableRawPointer, size: Int)] = []
        for size in [0, 1, 31, 32, 33, 200, 511, 512] {
            for _ in 0..<200 {
                let block = pool.take(size)
                taken.append((try #require(block), size))
            }
        }
        for (number, (block, size)) in taken.enumerated() {
            let held = pool.size(of: block)
            #expect(try #require(held) >= size)
            block.initializeMemory(as: UInt8.self, repeating: UInt8(number & 0xFF), count: size)
        }
        for (number, (block, size)) in taken.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: block, count: size)
            #expect(bytes.allSatisfy { $0 == UInt8(number & 0xFF) })
        }
        for (block, _) in taken {
            let isTaken = pool.put(block)
            #expect(isTaken)
        }
        let again = pool.take(200)
        #expect(taken.contains { $0.block == again })
    }

    @Test("Memory of others is not taken for a block")
    func strangers() {
        let pool = BlockPool()
        let other = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
        defer { other.deallocate() }
        let isTaken = pool.put(other)
        let size = pool.size(of: other)
        #expect(!isTaken && size == nil)
    }
}
