import CrierCore
import CrierServices
import NIOPosix

/// What one gateway is made of, before its doors open.
struct Parts {
    let loops: MultiThreadedEventLoopGroup
    let storage: Storage
    /// nil: this gateway is alone.
    let cluster: ClusterMember?
    let gateway: Gateway
    /// The doors' way to the key-value state.
    let keyValue: KeyValueAccess
    let health: HealthBoard
    let life: NodeLife
    let metrics: MetricsRegistry
}
