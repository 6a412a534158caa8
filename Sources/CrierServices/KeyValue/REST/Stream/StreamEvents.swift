import CrierCore
import NIOCore

/// The events of a stream as Server-Sent Events have them (HTML standard, section 9.2).
enum StreamEvents {
    /// How soon a browser comes back, and a first byte that proxies pass on.
    static let beginning = ByteBuffer(string: "retry: \(RESTLimits.reconnectMilliseconds)\n\n")

    /// A comment, which scripts do not see.
    static let farewell = ByteBuffer(string: ": the gateway ends, come back\n\n")

    /// The changes of one revision. Only the last one has an id: a reader that was cut in between gets all of them
    /// again.
    static func changes(_ set: StoreChangeSet) -> ByteBuffer {
        set.encoded(as: .serverSentEvents) {
            var text = ByteBufferAllocator().buffer(capacity: set.byteCount + 192 * set.changes.count)
            for (index, change) in set.changes.enumerated() {
                if index == set.changes.count - 1 { text.writeString("id: \(set.position)\n") }
                text.writeStaticString("event: kv\ndata: ")
                text.writeImmutableBuffer(json(change))
                text.writeStaticString("\n\n")
            }
            return text
        }
    }

    /// Nothing that the reader does not know happened up to here.
    static func bookmark(_ position: StorePosition) -> ByteBuffer {
        ByteBuffer(string: "id: \(position)\nevent: bookmark\ndata: {\"revision\":\(position.revision)}\n\n")
    }

    /// The reader must list again. The empty id makes a browser forget where it was: it would be reset for ever.
    static func reset(_ reset: StoreReset) -> ByteBuffer {
        ByteBuffer(string: "id\nevent: reset\ndata: {\"reason\":\"\(reset)\"}\n\n")
    }

    private static func json(_ change: StoreChange) -> ByteBuffer {
        var json = JSONWriter(capacity: change.byteCount + 160)
        json.object { json in
            json.name(change.key)
            if let entry = change.entry { json.value(entry.value) }
            json.member("op", change.kind.name)
            if let previous = change.previous { json.member("previous", previous.value.text) }
            json.member("revision", change.revision)
        }
        return json.buffer
    }
}
