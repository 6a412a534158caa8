import CrierMessages

/// One value of every message, with every field set.
enum Samples {
    static let labels = [Label(key: "site", value: "Köln"), Label(key: "", value: "x")]

    static let register = RegisterRequest(
        clientID: "agent-7",
        labels: labels,
        instanceID: "i",
        attempt: .max,
        agentVersion: "1.0",
        acknowledged: 9
    )
    static let notice = FileNotice(
        fileName: "a.bin",
        fileSize: .max,
        fileID: "sha256:00",
        sha256: Array(0..<32),
        blockSize: 1 << 20,
        notBefore: 1,
        deadline: 2,
        startJitterMs: 3,
        maxBytesPerSecond: 4,
        urls: ["https://a", ""],
        rolloutID: "r",
        labels: labels,
        revoked: true
    )
    static let control = FileControl(fileID: "f", action: .setRate, maxBytesPerSecond: 1000)
    static let status = FileStatus(
        fileID: "f",
        state: .installed,
        bytesDone: 1,
        bytesTotal: 2,
        detail: "d",
        messageID: "m",
        rolloutID: "r"
    )
    static let welcome = Welcome(
        sessionID: "s",
        nodeID: "n",
        heartbeatIntervalMs: 20_000,
        resumed: true,
        sequence: 1,
        generation: 2,
        serverTime: 3,
        serverVersion: "v",
        maxMessageBytes: 4
    )
    static let redirect = Redirect(afterMs: 1, targets: ["a:1", "b:2"], reason: "drain", final: true)
    static let info = FileInfo(
        fileID: "f",
        name: "a",
        size: 1,
        sha256: [1, 2],
        blockSize: 3,
        createdAt: 4,
        nodes: ["n1", "n2"],
        mediaType: "text/plain"
    )
    static let push = PushRequest(
        clientID: "agent-7",
        message: "fallback",
        content: .text(TextMessage(content: "hello")),
        durable: true,
        ttlMs: -1,
        idempotencyKey: "k",
        collapseKey: "c",
        waitFor: .applied,
        tag: 7,
        traceparent: "00-…"
    )
    static let longText = TextMessage(content: String(repeating: "long ", count: 20_000))

    static let clientMessages: [ClientMessage] = [
        ClientMessage(),
        ClientMessage(payload: .register(register)),
        ClientMessage(payload: .heartbeat(Heartbeat(clientID: "c", timestamp: -5))),
        ClientMessage(payload: .reconnect(ReconnectRequest(clientID: "c", lastSessionID: "s", register: register))),
        ClientMessage(payload: .reconnect(ReconnectRequest())),
        ClientMessage(payload: .ack(Ack(sequence: 1, stage: .rejected, messageID: "m", detail: "no"))),
        ClientMessage(payload: .fileStatus(status)),
    ]
    static let serverMessages: [ServerMessage] = [
        ServerMessage(),
        ServerMessage(
            payload: .text(longText),
            messageID: "m",
            sequence: 1,
            expiresAt: 2,
            collapseKey: "k",
            traceparent: "t"
        ),
        ServerMessage(payload: .fileNotice(notice)),
        ServerMessage(payload: .event(NotifyEvent(type: "online", details: "d"))),
        ServerMessage(payload: .welcome(welcome)),
        ServerMessage(payload: .heartbeat(Heartbeat())),
        ServerMessage(payload: .redirect(redirect)),
        ServerMessage(payload: .fileControl(control)),
        ServerMessage(payload: .data([0, 1, 255])),
        ServerMessage(payload: .data([])),
    ]
    static let pushes: [PushRequest] = [
        PushRequest(),
        push,
        PushRequest(content: .fileNotice(notice)),
        PushRequest(content: .event(NotifyEvent())),
        PushRequest(content: .data([UInt8](repeating: 7, count: 100_000))),
        PushRequest(content: .fileControl(control), waitFor: .unrecognized(99)),
    ]
    static let pushResponse = PushResponse(
        success: true,
        error: "e",
        outcome: .denied,
        messageID: "m",
        sequence: 2,
        nodeID: "n",
        tag: 3
    )
    static let selector = Selector(clientIDs: ["a", "b"], labels: labels, groups: ["g"], all: true)
    static let publishResponse = PublishResponse(
        messageID: "m",
        matched: 1,
        written: 2,
        stored: 3,
        failed: 4,
        unreachableNodes: ["n"]
    )
    static let receipt = Receipt(messageID: "m", clientID: "c", outcome: .expired, at: 1, detail: "d")
    static let clientInfo = ClientInfo(
        clientID: "c",
        sessionID: "s",
        nodeID: "n",
        generation: 1,
        connectedAt: 2,
        lastHeardAt: 3,
        address: "a:1",
        agentVersion: "v",
        labels: labels,
        instanceID: "i",
        queuedBytes: 4,
        roundTripUs: 5,
        awaitedAcks: 6,
        lastPush: LastPush(at: 7, outcome: .congested, fromNode: "m")
    )
    static let refusedPush = RefusedPush(nodeID: "n", at: 1, outcome: .unavailable, messageID: "m", detail: "d")
    static let fileRequest = FileRequest(
        fileID: "f",
        offset: 1,
        length: 2,
        ifSHA256: [3],
        maxChunkBytes: 4,
        maxBytesPerSecond: 5,
        accept: [.identity, .zstd, .unrecognized(-3)],
        messageID: "m",
        rolloutID: "r"
    )
    static let chunks: [FileChunk] = [
        FileChunk(),
        FileChunk(content: [], isLast: true, offset: 0, crc32c: 0),
        FileChunk(
            content: [UInt8](repeating: 1, count: 70_000),
            sequence: 1,
            isLast: true,
            offset: .max,
            crc32c: .max,
            compression: .zstd,
            rawSize: 5,
            info: info
        ),
    ]
    static let uploads: [UploadRequest] = [
        UploadRequest(),
        UploadRequest(
            part: .header(
                UploadHeader(uploadID: "u", name: "n", size: 1, sha256: [2], offset: 3, mediaType: "m")
            )
        ),
        UploadRequest(part: .chunk(UploadChunk())),
        UploadRequest(part: .chunk(UploadChunk(content: [UInt8](repeating: 9, count: 300), offset: 4, crc32c: 0))),
    ]
    static let questions: [ServerReflectionRequest] = [
        ServerReflectionRequest(host: "h", messageRequest: .fileByFilename("f")),
        ServerReflectionRequest(messageRequest: .fileContainingSymbol("s")),
        ServerReflectionRequest(
            messageRequest: .fileContainingExtension(ExtensionRequest(containingType: "t", extensionNumber: -1))
        ),
        ServerReflectionRequest(messageRequest: .allExtensionNumbersOfType("t")),
        ServerReflectionRequest(messageRequest: .listServices("")),
    ]
    static let answers: [ServerReflectionResponse] = [
        ServerReflectionResponse(
            validHost: "h",
            originalRequest: questions[0],
            messageResponse: .fileDescriptorResponse(FileDescriptorResponse(fileDescriptorProto: [[1, 2], [], [3]]))
        ),
        ServerReflectionResponse(
            messageResponse: .allExtensionNumbersResponse(
                ExtensionNumberResponse(baseTypeName: "b", extensionNumber: [1, -2, 300])
            )
        ),
        ServerReflectionResponse(
            messageResponse: .listServicesResponse(ListServiceResponse(service: [ServiceResponse(name: "s")]))
        ),
        ServerReflectionResponse(messageResponse: .errorResponse(ErrorResponse(errorCode: 5, errorMessage: "no"))),
    ]
}
