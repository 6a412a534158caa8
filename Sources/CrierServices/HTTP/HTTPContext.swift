import CrierCore
import Hummingbird
import NIOCore

/// What belongs to one request: the connection that it came on.
struct HTTPContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Who asks. A proxy on this machine makes everybody a caller from this machine.
    var caller: Caller { Caller(channel.remoteAddress) }
}
