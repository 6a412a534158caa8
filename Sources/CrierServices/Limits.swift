/// Every limit of the services: name, number, unit, reason. What the core limits stands in its own.
enum Limits {
    /// Requests of one `PushStream` under way at once. The largest window that backends are known to use is 10,000;
    /// more than this and the stream is not read until half of them are answered.
    static let pushesPerStream = 16_384

    /// Services in one answer of health's List. 100: the number of gRPC's other implementations.
    static let listedServices = 100
}
