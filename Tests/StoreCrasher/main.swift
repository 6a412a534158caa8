// Writes to a store until it is killed. Arguments: the directory, full or normal, a plan of faults, a seed.
// Standard output: "open REVISION", then "REVISION" for each answered write; "failed CODE" for a refused one, and
// "fatal REASON" for what the store tells its owner.

import CStoreFaults
import CrierCore
import CrierStorage
import Dispatch
import Glibc
import StoreCrashModel

private let arguments = CommandLine.arguments
guard arguments.count == 5, let seed = UInt32(arguments[4]), crier_faults_install(arguments[3], seed) == 0,
    let durability = SQLiteStoreSettings.Durability(rawValue: arguments[2])
else { exit(64) }

/// At once and whole: what was said before the end must arrive.
@Sendable private func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

private var settings = SQLiteStoreSettings()
settings.durability = durability
settings.retention.revisions = StoreCrashModel.retainedRevisions
// So that a pass takes several commits. With some seeds passes are many; with the others only compaction asks for them.
settings.folding.entriesPerCommit = 7
settings.folding.entriesAlone = 7
if seed % 3 == 0 { settings.folding.keys = 40 }
settings.onMoment = { crier_faults_pass($0.rawValue) }
do {
    let store = try SQLiteKeyValueStore(
        in: DataDirectory(opening: arguments[1]),
        settings: settings,
        fatal: {
            say("fatal \($0)")
            exit(74)
        }
    )
    let start = try await store.get(StoreCrashModel.counter).position.revision
    say("open \(start)")
    let looking = Task.detached {
        while !Task.isCancelled {
            await store.housekeep()
            if seed % 4 == 0 { _ = try? await store.backup() }
        }
    }
    let room = DispatchSemaphore(value: 24)
    var revision = start
    // Bounded: a fault that never comes must not keep the test waiting.
    while revision < start + 5_000 {
        revision += 1
        room.wait()
        let answered = revision
        store.submit(StoreCrashModel.transaction(revision)) { result in
            switch result {
            case .success(let outcome): say(outcome.position.revision == answered ? "\(answered)" : "wrong")
            case .failure(let error): say("failed \(error.code)")
            }
            room.signal()
        }
    }
    looking.cancel()
    await store.close()
} catch {
    say("failed \(error)")
    exit(1)
}
