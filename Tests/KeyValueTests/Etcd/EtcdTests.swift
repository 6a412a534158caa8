import Testing

/// Everything that starts members of etcd, one test after the other: members that have to share two cores with many
/// others lose their leaders for it.
@Suite("etcd", .serialized, .timeLimit(.minutes(10)))
enum EtcdTests {}
