// One run through the items of a batch: a task feeds the pool in Rust, the iterator takes from it.

import Foundation
internal import JulesGlue

/// The iterator's hold on the work: when it goes, nothing starts any more and the watching stops.
final class BatchRun<Item: Sendable>: Sendable {
  private let pool: BatchPool<Item>
  private let feeder: Task<Void, Never>

  init(
    _ batch: JulesGlue.Batch,
    items: some Sequence<Item> & Sendable,
    config: @escaping @Sendable (Item) async throws -> RunConfig
  ) {
    let pool = BatchPool<Item>(batch)
    self.pool = pool
    feeder = Task { await pool.feed(items, config) }
  }

  deinit {
    pool.stop()
    feeder.cancel()
  }

  /// The next item that is done; `nil` when all are.
  func next(isolation: isolated (any Actor)?) async throws -> Batch<Item>.Finished? {
    try await pool.next(isolation: isolation)
  }
}

/// The pool in Rust, and what Rust doesn't see: the items, and what their closures threw.
private final class BatchPool<Item: Sendable>: @unchecked Sendable {
  private let batch: JulesGlue.Batch
  private let lock = NSLock()
  private var items: [Int: Item] = [:]
  private var thrown: [Int: any Error] = [:]

  init(_ batch: JulesGlue.Batch) { self.batch = batch }

  func stop() { batch.stop() }

  /// Starts one item after the other as there is room. Rust counts them as they are started, which is in order.
  func feed(_ items: some Sequence<Item>, _ config: (Item) async throws -> RunConfig) async {
    defer { batch.finish() }
    for (index, item) in items.enumerated() {
      guard (try? await waiting { [batch] token in try await batch.ready(cancel: token) }) == true else { return }
      lock.withLock { self.items[index] = item }
      do {
        let wire = try await config(item).wire
        try direct { try batch.start(config: wire) }
      } catch {
        lock.withLock { thrown[index] = error }
        batch.fail(message: "the closure threw: \(error)")
      }
    }
  }

  func next(isolation: isolated (any Actor)?) async throws -> Batch<Item>.Finished? {
    let next = try await waiting { [batch] token in try await batch.next(cancel: token) }
    guard let next else { return nil }
    let index = Int(next.index)
    let (item, own) = lock.withLock { (items.removeValue(forKey: index), thrown.removeValue(forKey: index)) }
    guard let item else { preconditionFailure("the library and its Swift layer don't match: no item \(index)") }
    return .init(index: index, item: item, result: Self.result(of: next.end, thrown: own))
  }

  private static func result(of end: ItemEnd, thrown own: (any Error)?) -> Result<Outcome, any Error> {
    if let own { return .failure(own) }
    return switch end {
    case .outcome(let json): Result { try decoded(json, as: OutcomeWire.self).outcome }
    case .failed(let fields): .failure(JulesError(fields: fields))
    case .cancelled: .failure(CancellationError())
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
