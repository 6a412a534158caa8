/// The limits of what operators ask of nodes.
enum NodeLimits {
    /// Between two looks at a node that drains. A second: as often as people read.
    static let statusInterval = Duration.seconds(1)
}
