// Many sessions, a few at a time: the sequence of their ends.

internal import JulesGlue

/// Many items, one session each, a few at a time, from
/// ``Jules/all(_:concurrency:stopOnError:delay:onProgress:config:)``. Nothing starts before somebody waits for it.
///
/// As a sequence it gives the items as they finish, each with its index. After the first item that can't be run it
/// ends, unless `stopOnError` is off. Leaving the loop, or cancelling its task, starts nothing more and stops the
/// watching; sessions that were created go on at the server.
///
/// Each loop, and each call of ``outcomes()`` and ``settled()``, runs all items anew.
public struct Batch<Item: Sendable>: AsyncSequence, Sendable {
  /// What it gives: one item after another, as they are done.
  public typealias Element = Finished

  let stopsOnError: Bool
  let open: @Sendable (_ stopOnError: Bool) throws -> BatchRun<Item>

  /// All outcomes, in the order of the items.
  ///
  /// ```swift
  /// let outcomes = try await jules.all(issues) { issue in
  ///   RunConfig(prompt: "Fix \(issue)", source: .github("octocat/hello-world"))
  /// }.outcomes()
  /// ```
  ///
  /// As if `stopOnError` were on.
  ///
  /// - Throws: the error of the first item that can't be run: a ``JulesError``, whose ``JulesError/Context/results``
  ///   tell what became of the others, or what the closure threw for that item. Nothing more is started then.
  ///   `CancellationError` when the task is cancelled.
  public func outcomes() async throws -> [Outcome] {
    try await finished(stopOnError: true).map { try $0.result.get() }
  }

  /// A result for each item, in the order of the items: nothing that succeeded is lost. As if `stopOnError` were off.
  ///
  /// - Throws: `CancellationError` when the task is cancelled, or a ``JulesError`` when there is no client.
  public func settled() async throws -> [Result<Outcome, any Error>] {
    try await finished(stopOnError: false).map(\.result)
  }

  /// All that finish, in the order of the items; or the one whose error ended it.
  private func finished(stopOnError: Bool) async throws -> [Finished] {
    var iterator = Iterator(stopsOnError: stopOnError, open: open)
    var finished: [Finished] = []
    while let one = try await iterator.next() {
      if stopOnError, one.error != nil { return [one] }
      finished.append(one)
    }
    return finished.sorted { $0.index < $1.index }
  }

  /// Begins a loop, which runs all items anew.
  public func makeAsyncIterator() -> Iterator {
    Iterator(stopsOnError: stopsOnError, open: open)
  }

  /// Hands out the items as they finish.
  public struct Iterator: AsyncIteratorProtocol {
    let stopsOnError: Bool
    var open: (@Sendable (_ stopOnError: Bool) throws -> BatchRun<Item>)?
    var run: BatchRun<Item>?

    /// The next item that is done; `nil` at the end.
    ///
    /// - Throws: ``JulesError`` for options that won't do, or `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Finished? {
      do {
        if let open {
          self.open = nil
          run = try open(stopsOnError)
        }
        let one = try await run?.next(isolation: actor)
        if one == nil || stopsOnError && one?.error != nil { run = nil }
        return one
      } catch {
        run = nil
        throw error
      }
    }

    /// The next item that is done; `nil` at the end.
    public mutating func next() async throws -> Finished? {
      try await next(isolation: nil)
    }
  }
}

extension Batch {
  /// One item that is done.
  public struct Finished: Sendable, Identifiable {
    /// Its place among the items, from 0.
    public let index: Int
    /// The item.
    public let item: Item
    /// The outcome of its session, or why it could not be run. A failed session is an outcome.
    public let result: Result<Outcome, any Error>

    /// A value of your own, for tests and previews.
    public init(index: Int, item: Item, result: Result<Outcome, any Error>) {
      self.index = index
      self.item = item
      self.result = result
    }

    /// Its index.
    public var id: Int { index }

    /// The outcome of its session; `nil` when it could not be run.
    public var outcome: Outcome? { try? result.get() }

    /// Why it could not be run: a ``JulesError``, or what the closure threw for it.
    public var error: (any Error)? {
      if case .failure(let error) = result { error } else { nil }
    }
  }
}

/// A step of one item of a ``Batch``.
public struct BatchProgress: Sendable, Hashable, Codable {
  /// How far an item has come.
  public enum Stage: String, Sendable, Hashable, Codable {
    // surface: cases Stage
    /// It has its place in the pool.
    case queued
    /// Its session is created.
    case started
    /// No session slot is free; it waits for one.
    case waiting
    /// It has its outcome or its error.
    case finished
    // surface: end
  }

  /// Which item, from 0.
  public let index: Int
  /// How far it has come.
  public let stage: Stage
  /// Its session, once there is one.
  public let sessionId: String?
  /// How many items are finished, this one included.
  public let finished: Int

  /// A value of your own, for tests and previews.
  public init(index: Int, stage: Stage, sessionId: String? = nil, finished: Int = 0) {
    self.index = index
    self.stage = stage
    self.sessionId = sessionId
    self.finished = finished
  }
}
