/// Settings from three places: a flag goes before the environment, which goes before the file.
///
/// A setting has one name: `tls-cert` is the flag `--tls-cert`, the variable `CRIER_TLS_CERT` and the key `tls-cert`.
struct SettingLayers {
    let flags: [String: String]
    let environment: [String: String]
    let file: SettingsFile?

    /// What is set for `name`; nil when nobody said anything. An empty variable says nothing.
    func value(_ name: String) -> SettingValue? {
        if let text = flags[name] { return SettingValue(text: text, origin: .flag(name)) }
        let variable = Self.variable(name)
        if let text = environment[variable], !text.isEmpty {
            return SettingValue(text: text, origin: .environment(variable))
        }
        return file?.value(name)
    }

    static func variable(_ name: String) -> String {
        "CRIER_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}
