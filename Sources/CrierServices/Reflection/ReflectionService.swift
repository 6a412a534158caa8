public import CrierGRPC
public import CrierMessages

/// `grpc.reflection.v1` and `v1alpha`: tells tools such as grpcurl what the server serves. The two are the same on the
/// wire but for their names.
public struct ReflectionService: Sendable {
    private static let names = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]

    /// Adds the service to a table that has all others already: it lists what is there.
    public static func add(to methods: inout MethodTable, describing index: FileDescriptorIndex = .contract) {
        let catalogue = ReflectionCatalogue(index: index, services: (methods.serviceNames + names).sorted())
        for name in names {
            methods.add("ServerReflectionInfo", service: name) { call in ReflectionCall(call, catalogue) }
        }
    }
}
