import CLinux
import Glibc

/// Questions to the kernel's page cache.
enum PageCache {
    /// Which of the store's pages that `range` covers are wholly in memory; all false when the kernel does not say.
    ///
    /// mincore(2) over a mapping that is never touched: it reads nothing and waits for nothing. The kernel answers
    /// truthfully to whoever may write the file, which the store may.
    static func residency(of file: borrowing Descriptor, _ range: Range<Int64>, pageBytes: Int) -> [Bool] {
        let pages = Int((range.upperBound - range.lowerBound + Int64(pageBytes) - 1) / Int64(pageBytes))
        let none = [Bool](repeating: false, count: pages)
        let length = Int(range.upperBound - range.lowerBound)
        let mapping = mmap(nil, length, PROT_READ, MAP_SHARED, file.number, off_t(range.lowerBound))
        guard let mapping, mapping != MAP_FAILED else { return none }
        defer { munmap(mapping, length) }

        let systemPage = sysconf(CInt(_SC_PAGESIZE))
        var states = [UInt8](repeating: 0, count: (length + systemPage - 1) / systemPage)
        guard mincore(mapping, length, &states) == 0 else { return none }
        let perPage = pageBytes / systemPage
        return (0..<pages)
            .map { page in
                states[(page * perPage)..<min((page + 1) * perPage, states.count)].allSatisfy { $0 & 1 == 1 }
            }
    }

    /// Starts reading a range into memory: one request to the disk instead of many. A failure costs only speed.
    static func readAhead(_ file: borrowing Descriptor, _ range: Range<Int64>) {
        _ = crier_readahead(file.number, range.lowerBound, UInt(range.upperBound - range.lowerBound))
    }
}
