import Foundation

/// What an operator does with `etcdctl`, over etcd's own JSON gateway, without a password.
extension EtcdMember {
    /// Turns access control on: `root` may everything, `user` what begins with `prefix`.
    public func enableAuthentication(user: String, password: String, prefix: String) throws {
        try ask("auth/user/add", #"{"name":"root","password":"root"}"#)
        try ask("auth/role/add", #"{"name":"root"}"#)
        try ask("auth/user/grant", #"{"user":"root","role":"root"}"#)
        try ask("auth/user/add", #"{"name":"\#(user)","password":"\#(password)"}"#)
        try ask("auth/role/add", #"{"name":"\#(user)"}"#)
        // `0` is the character after `/`.
        let permission =
            #"{"permType":"READWRITE","key":"\#(Self.base64(prefix + "/"))","range_end":"\#(Self.base64(prefix + "0"))"}"#
        try ask("auth/role/grant", #"{"name":"\#(user)","perm":\#(permission)}"#)
        try ask("auth/user/grant", #"{"user":"\#(user)","role":"\#(user)"}"#)
        try ask("auth/enable", "{}")
    }

    /// Forgets everything before a revision, now.
    public func compact(to revision: UInt64) throws {
        try ask("kv/compaction", #"{"revision":"\#(revision)","physical":true}"#)
    }

    /// Gives back what compaction freed, and says that the lack of space is over.
    public func defragmentAndDisarm() throws {
        try ask("maintenance/defragment", "{}")
        struct Alarms: Decodable {
            struct Alarm: Decodable {
                var memberID: String
            }
            var alarms: [Alarm]?
        }
        let alarms = try JSONDecoder()
            .decode(Alarms.self, from: try ask("maintenance/alarm", #"{"action":"GET"}"#))
        for alarm in alarms.alarms ?? [] {
            try ask(
                "maintenance/alarm", #"{"action":"DEACTIVATE","alarm":"NOSPACE","memberID":"\#(alarm.memberID)"}"#
            )
        }
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Asks until the member answers: it may have been started just now, or have no leader yet.
    @discardableResult
    private func ask(_ method: String, _ body: String) throws -> Data {
        let answer = FileManager.default.temporaryDirectory.appending(path: "crier-etcd-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: answer) }
        try Spawn.run([
            "curl", "--silent", "--fail", "--retry", "300", "--retry-connrefused", "--retry-delay", "1", "--output",
            answer.path, "--data", body, "http://\(address)/v3/\(method)",
        ])
        return try Data(contentsOf: answer)
    }
}
