import CrierCore
import CrierStorage
import NIOCore

/// What `crier serve` can be told about the key-value state, checked.
struct KeyValueSettings {
    enum Access: String, CaseIterable {
        case loopback
        case any

        var policy: any AccessPolicy {
            switch self {
            case .loopback: LoopbackAccess()
            case .any: OpenAccess()
            }
        }
    }

    var address = StoreAddress.own
    var access = Access.loopback
    var store = SQLiteStoreSettings()

    /// Throws `SettingError` for the first setting that is wrong.
    init(_ value: (ServeSettings.Name) -> SettingValue?) throws(SettingError) {
        if let given = value(.kv) {
            guard let address = StoreAddress(given.text) else { throw given.refused(StoreAddress.allowed) }
            self.address = address
        }
        access = try value(.kvAccess)?.choice(Access.self) ?? access
        store.durability = try value(.kvDurability)?.choice(SQLiteStoreSettings.Durability.self) ?? store.durability
        if let keys = value(.kvQuotaKeys) {
            store.quotas.keys = try StoreQuotas.Limit(keys) { value throws(SettingError) in
                try value.number(1...1_000_000_000)
            }
        }
        if let bytes = value(.kvQuotaBytes) {
            store.quotas.bytes = try StoreQuotas.Limit(bytes) { value throws(SettingError) in
                try value.bytes(1...(1 << 50))
            }
        }
        if let age = try value(.kvRetentionAge)?.duration(.seconds(1) ... .hours(24 * 3_650)) {
            store.retention.milliseconds = age.nanoseconds / 1_000_000
        }
        if let revisions = try value(.kvRetentionRevisions)?.number(1...1_000_000_000) {
            store.retention.revisions = UInt64(revisions)
        }
        // 1 MiB: less could not hold a single change of the largest value.
        store.retention.bytes = try value(.kvRetentionBytes)?.bytes((1 << 20)...(1 << 50)) ?? store.retention.bytes
    }
}

extension StoreQuotas.Limit {
    /// A number for every namespace, and others for some: `1000`, or `*=1000,app=50`.
    ///
    /// - Parameter read: what a single number must look like.
    init(
        _ value: SettingValue,
        read: (SettingValue) throws(SettingError) -> Int
    ) throws(SettingError) {
        self.init()
        let allowed = "a number, or name=number for namespaces, such as *=1000,app=50 (* is every other namespace)"
        for part in value.text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
            guard let number = sides.last, sides.count <= 2, !number.isEmpty else { throw value.refused(allowed) }
            let limit = try read(SettingValue(text: number, origin: value.origin))
            let name = sides.count == 2 ? sides[0] : "*"
            if name == "*" {
                guard standard == nil else { throw value.refused("\(allowed), each name once") }
                standard = limit
            } else {
                guard let namespace = try? StoreNamespace(name) else { throw value.refused(allowed) }
                guard overrides.updateValue(limit, forKey: namespace) == nil else {
                    throw value.refused("\(allowed), each name once")
                }
            }
        }
    }
}
