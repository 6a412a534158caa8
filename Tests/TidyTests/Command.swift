import Foundation

/// Runs a program of PATH in the repository and waits for its end.
enum Command {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The program's standard output. Throws what it said when its exit status is not 0.
    @discardableResult
    static func run(_ arguments: [String], environment: [String: String]? = nil) throws -> Data {
        let process = Process()
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appending(path: "crier-tidy-\(UUID().uuidString).log")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = Repository.root
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            let text = String(decoding: data, as: UTF8.self)
            throw Failure(
                description: "\(arguments.joined(separator: " ")): \(process.terminationStatus)\n\(text)\(said)")
        }
        return data
    }
}
