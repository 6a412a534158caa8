import Glibc

/// Moments as people and programs both read them.
enum Timestamp {
    /// 2026-11-21T09:38:14Z; empty for 0.
    static func text(milliseconds: Int64) -> String {
        guard milliseconds > 0 else { return "" }
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
