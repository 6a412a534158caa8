import CrierCore
import CrierGRPC
import CrierServices
import Logging
import NIOCore

/// The kinds of values that settings have.
extension SettingValue {
    func hostPort() throws(SettingError) -> HostPort {
        guard let address = HostPort(text) else {
            throw refused("HOST:PORT, such as 127.0.0.1:6565 or [::1]:6565; port 0 picks one")
        }
        return address
    }

    /// Yes or no; a flag that is given without a value is yes.
    func bool() throws(SettingError) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: throw refused("true or false")
        }
    }

    /// A number with a unit: `250ms`, `20s`, `5m`, `12h`, `7d`.
    func duration(_ range: ClosedRange<TimeAmount>) throws(SettingError) -> TimeAmount {
        let units: [(String, Int64)] = [
            ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
            ("d", 86_400_000_000_000),
        ]
        let allowed =
            "a duration such as 250ms, 20s or 5m, from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int64(text.dropLast(suffix.count)), number >= 0
        else { throw refused(allowed) }
        let (nanoseconds, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, range.contains(.nanoseconds(nanoseconds)) else { throw refused(allowed) }
        return .nanoseconds(nanoseconds)
    }

    func number(_ range: ClosedRange<Int>) throws(SettingError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw refused("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number of bytes with a unit, powers of 1024: `512`, `64k`, `10M`, `1G`.
    func bytes(_ range: ClosedRange<Int64>) throws(SettingError) -> Int {
        guard let count = ByteCount(argument: text), range.contains(count.bytes) else {
            throw refused(
                "a number of bytes such as 64k, 10M or 1G, from \(ByteCount(range.lowerBound).text) to "
                    + ByteCount(range.upperBound).text
            )
        }
        return Int(count.bytes)
    }

    /// One of the names of an enumeration.
    func choice<E: CaseIterable & RawRepresentable<String>>(_ type: E.Type) throws(SettingError) -> E {
        guard let choice = E(rawValue: text) else {
            throw refused("one of \(E.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func nodeID() throws(SettingError) -> NodeID {
        do throws(GatewayError) {
            return try NodeID(validating: text)
        } catch {
            throw refused("1 to 255 bytes of UTF-8 without control characters")
        }
    }

    func logLevel() throws(SettingError) -> Logger.Level {
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            throw refused("one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    func origins() throws(SettingError) -> AllowedOrigins {
        guard let origins = AllowedOrigins(text) else {
            throw refused("* or origins such as https://app.example.com with commas between them")
        }
        return origins
    }

    /// A path; whether there is something is found out when it is opened.
    func path() throws(SettingError) -> String {
        guard !text.isEmpty else { throw refused("a path") }
        return text
    }

    private static func text(_ amount: TimeAmount) -> String {
        let milliseconds = amount.nanoseconds / 1_000_000
        if milliseconds % 86_400_000 == 0, milliseconds > 0 { return "\(milliseconds / 86_400_000)d" }
        if milliseconds % 60_000 == 0, milliseconds > 0 { return "\(milliseconds / 60_000)m" }
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }
}
