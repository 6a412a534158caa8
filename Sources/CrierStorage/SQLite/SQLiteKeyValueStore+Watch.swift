public import CrierCore

extension SQLiteKeyValueStore {
    public func watch(_ scope: StoreScope, after start: StorePosition?) async throws(KeyValueError) -> StoreWatch {
        let after = try await alone { writer, _ throws(KeyValueError) in
            try start?.validate(asStartAt: writer.position, compacted: writer.compacted)
            return start?.revision ?? writer.position.revision
        }
        let subscription = ChangeSubscription(scope: scope, after: after, feed: feed) {
            [weak self] subscription, after in
            guard let self else { return subscription.end(.closed) }
            await self.refill(subscription, after: after)
        }
        await refill(subscription, after: after)
        return StoreWatch(subscription)
    }

    private func refill(_ subscription: ChangeSubscription, after: UInt64) async {
        do throws(KeyValueError) {
            try await committing { writer, _ in
                guard after >= writer.compacted else {
                    subscription.end(.compacted)
                    return (.success(()), nil, nil)
                }
                do throws(SQLiteError) {
                    let sets = try writer.log(after: after)
                    let through = sets.last?.position.revision ?? after
                    subscription.load(sets, through: through, complete: through == writer.position.revision)
                    return (.success(()), nil, nil)
                } catch {
                    subscription.end(.closed)
                    return (.success(()), nil, error)
                }
            }
        } catch {
            subscription.end(.closed)
        }
    }
}
