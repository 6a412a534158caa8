/// What makes a gateway one of many: who knows where clients are, and the ways to other nodes.
public struct ClusterRouting: Sendable {
    public let directory: any RouteDirectory
    public let links: any PushForwarding

    public init(directory: any RouteDirectory, links: any PushForwarding) {
        self.directory = directory
        self.links = links
    }
}
