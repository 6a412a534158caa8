import CCrierMessages

/// The contract's own description, as it was compiled in: what gRPC reflection serves.
public enum FileDescriptors {
    /// A serialized `google.protobuf.FileDescriptorSet` of every file in `Protos/`, imports before importers.
    public static var serializedSet: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: crier_descriptors(), count: crier_descriptors_size())
    }
}
