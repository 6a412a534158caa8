/// One push that somebody asked for: what the loops hand on until its result is known. Belongs to its caller's loop.
///
/// Every copy counts three references: handed on, not kept, except where a push waits.
struct PushCall {
    let terms: PushTerms
    let id: MessageID
    /// Hears of the result.
    let caller: any PushCaller
    /// The caller's own.
    let tag: UInt64
}
