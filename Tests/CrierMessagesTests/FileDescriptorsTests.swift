import CrierMessages
import Testing

@Suite("The contract describes itself")
struct FileDescriptorsTests {
    @Test("The compiled-in descriptors hold every file and keep strings strings")
    func names() {
        let set = String(decoding: FileDescriptors.serializedSet, as: UTF8.self)
        for file in [
            "crier/v1/push.proto", "crier/v1/files.proto", "crier/v1/kv.proto", "grpc/health/v1/health.proto",
            "grpc/reflection/v1/reflection.proto", "grpc/reflection/v1alpha/reflection.proto", "bare/services.proto",
        ] {
            #expect(set.contains(file))
        }
        // client_id = 1, optional (4: 1), of type string (5: 9), as FieldDescriptorProto has it.
        let field = [0x0A, 0x09] + Array("client_id".utf8) + [0x18, 0x01, 0x20, 0x01, 0x28, 0x09]
        #expect(Array(FileDescriptors.serializedSet).firstRange(of: field) != nil)
    }
}
