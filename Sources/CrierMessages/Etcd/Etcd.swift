/// The messages of etcd's API, as far as the gateway speaks it: `Protos/etcd/rpc.proto`.
public enum Etcd {}
