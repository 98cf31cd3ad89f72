// One run through the items of a batch: a task feeds the pool in Rust, the iterator takes from it.

internal import JulesGlue

/// The iterator's hold on the work: when it goes, nothing starts any more and the watching stops.
final class BatchRun<Item: Sendable, Value: Sendable>: Sendable {
  private let pool: BatchPool<Item>
  private let until: BatchEnd<Value>
  private let feeder: Task<Void, Never>

  init(
    _ batch: JulesGlue.Batch, until: BatchEnd<Value>, of item: Item.Type,
    feed: @escaping @Sendable (BatchPool<Item>) async -> Void
  ) {
    let pool = BatchPool<Item>(batch)
    self.pool = pool
    self.until = until
    feeder = Task {
      await feed(pool)
      pool.finish()
    }
  }

  deinit {
    pool.stop()
    feeder.cancel()
  }

  /// All results are wanted together and within this time, and nobody has one in hand before.
  func awaited(timeout: Duration?) { pool.awaited(timeout: timeout) }

  /// The next item that is done; `nil` when all are.
  func next(isolation: isolated (any Actor)?) async throws -> Batch<Item, Value>.Finished? {
    guard let (index, item, end) = try await pool.next(isolation: isolation) else { return nil }
    return .init(index: index, item: item, result: end.flatMap { end in Result { try until.value(end) } })
  }
}

/// The pool in Rust, and what Rust doesn't see: the items, and what their closures threw.
final class BatchPool<Item: Sendable>: @unchecked Sendable {
  private let batch: JulesGlue.Batch
  private let lock = Lock()
  private var items: [Int: Item] = [:]
  private var thrown: [Int: any Error] = [:]
  private var count = 0
  private var failure: (any Error)?

  fileprivate init(_ batch: JulesGlue.Batch) { self.batch = batch }

  fileprivate func awaited(timeout: Duration?) { batch.awaited(timeout: timeout?.nanoseconds) }

  fileprivate func stop() { batch.stop() }

  fileprivate func finish() { batch.finish() }

  /// Starts one item after the other as there is room.
  func feed(_ items: some Sequence<Item>, _ config: (Item) async throws -> RunConfig) async {
    for item in items {
      guard await isReady() else { return }
      await start(item, config)
    }
  }

  /// The same for items that come when they come.
  func feed<Items: AsyncSequence>(arriving items: Items, _ config: (Item) async throws -> RunConfig) async
  where Items.Element == Item {
    do {
      var arriving = items.makeAsyncIterator()
      while await isReady(), let item = try await arriving.next() { await start(item, config) }
    } catch {
      lock.withLock { failure = error }
    }
  }

  private func isReady() async -> Bool {
    (try? await waiting { [batch] token in try await batch.ready(cancel: token) }) == true
  }

  /// Rust counts the items as they are started, which is in order.
  private func start(_ item: Item, _ config: (Item) async throws -> RunConfig) async {
    let index = lock.withLock {
      defer { count += 1 }
      items[count] = item
      return count
    }
    do {
      let wire = try await config(item).wire()
      try direct { try batch.start(config: wire) }
    } catch {
      lock.withLock { thrown[index] = error }
      batch.fail(message: "the closure threw: \(error)")
    }
  }

  /// The next item that is done, its index and its end.
  fileprivate func next(
    isolation: isolated (any Actor)?
  ) async throws -> (Int, Item, Result<ItemEnd, any Error>)? {
    let next = try await waiting { [batch] token in try await batch.next(cancel: token) }
    guard let next else {
      // The items themselves came to an end that none of them has had.
      if let failure = lock.withLock({ failure }) { throw failure }
      return nil
    }
    let index = Int(next.index)
    let (item, own) = lock.withLock { (items.removeValue(forKey: index), thrown.removeValue(forKey: index)) }
    guard let item else { preconditionFailure("the library and its Swift layer don't match: no item \(index)") }
    if let own { return (index, item, .failure(own)) }
    return switch next.end {
    case .outcome, .session: (index, item, .success(next.end))
    case .failed(let fields): (index, item, .failure(JulesError(fields: fields)))
    case .cancelled: (index, item, .failure(CancellationError()))
    }
  }
}

/// Passes each step of a batch or a sync on.
final class ProgressRelay<Progress: Decodable & Sendable>: ProgressListener {
  private let call: @Sendable (Progress) -> Void

  init(_ call: @escaping @Sendable (Progress) -> Void) { self.call = call }

  func stepped(progress: String) {
    call(derived { progress })
  }
}
