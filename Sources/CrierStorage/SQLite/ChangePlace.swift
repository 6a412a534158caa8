/// The place of a change in the log: its revision and its ordinal in it.
enum ChangePlace {
    /// Bits that count the changes within a revision.
    static let ordinalBits: UInt64 = 20

    static func first(of revision: UInt64) -> UInt64 { revision << ordinalBits }

    static func revision(_ place: UInt64) -> UInt64 { place >> ordinalBits }

    static func ordinal(_ place: UInt64) -> Int { Int(place & ((1 << ordinalBits) - 1)) }
}
