/// The objects that handing a message to an outlet touches, so that the memory can be asked for them a moment earlier.
///
/// With thousands of clients none of them is in the caches, and each says where the next one is: what is waited for one
/// after the other is most of the work of a push. Nothing is read through these addresses.
public struct OutletFootprint {
    /// Unused ones are nil.
    let objects: InlineArray<4, UnsafeRawPointer?>

    /// - Parameter objects: up to four, in the order in which they are touched.
    public init(
        _ first: AnyObject, _ second: AnyObject? = nil, _ third: AnyObject? = nil, _ fourth: AnyObject? = nil
    ) {
        objects = [Self.address(first), Self.address(second), Self.address(third), Self.address(fourth)]
    }

    static var none: OutletFootprint { OutletFootprint() }

    private init() { objects = [nil, nil, nil, nil] }

    private static func address(_ object: AnyObject?) -> UnsafeRawPointer? {
        object.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }
    }
}
