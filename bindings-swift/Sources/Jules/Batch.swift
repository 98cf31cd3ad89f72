// Many sessions, a few at a time: the sequence of their ends.

internal import JulesGlue

/// Many items, one session each, a few at a time, from
/// `jules.all(…)`. Nothing starts before somebody waits
/// for it.
///
/// As a sequence it gives the items as they finish, each with its index. After the first item that can't be run it
/// ends, unless `stopOnError` is off. Leaving the loop, or cancelling its task, starts nothing more and stops the
/// watching; sessions that were created keep running on the server.
///
/// Each loop, and each call of ``outcomes(timeout:)``, ``sessions(timeout:)`` and ``settled(timeout:)``, runs all items
/// again.
public struct Batch<Item: Sendable, Value: Sendable>: AsyncSequence, Sendable {
  /// What it gives: one item after another, as they are done.
  public typealias Element = Finished

  let stopsOnError: Bool
  let open: @Sendable (_ stopOnError: Bool) throws -> BatchRun<Item, Value>

  /// A result for each item, in the order of the items: nothing that succeeded is lost. As if `stopOnError` were off.
  ///
  /// - Parameter timeout: When to give up, for all items together; `nil` is never. Sessions that were created keep
  ///   running on the server.
  /// - Throws: `CancellationError` when the task is cancelled, ``JulesError/timeout(_:)``, or another ``JulesError``
  ///   when there is no client.
  public func settled(timeout: Duration? = nil) async throws -> [Result<Value, any Error>] {
    try await finished(stopOnError: false, timeout: timeout).map(\.result)
  }

  /// All that finish, in the order of the items; or the one whose error ended it.
  private func finished(stopOnError: Bool, timeout: Duration?) async throws -> [Finished] {
    let run = try open(stopOnError)
    run.awaited(timeout: timeout)
    var finished: [Finished] = []
    while let one = try await run.next(isolation: nil) {
      if stopOnError, one.error != nil { return [one] }
      finished.append(one)
    }
    return finished.sorted { $0.index < $1.index }
  }

  /// Begins a loop, which runs all items again.
  public func makeAsyncIterator() -> Iterator {
    Iterator(stopsOnError: stopsOnError, open: open)
  }

  /// Hands out the items as they finish.
  public struct Iterator: AsyncIteratorProtocol {
    let stopsOnError: Bool
    var open: (@Sendable (_ stopOnError: Bool) throws -> BatchRun<Item, Value>)?
    var run: BatchRun<Item, Value>?

    /// The next item that is done; `nil` at the end.
    ///
    /// - Throws: ``JulesError`` for invalid options, or `CancellationError` when the task was cancelled.
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

extension Batch where Value == Outcome {
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
  /// - Parameter timeout: When to give up, for all items together; `nil` is never. Sessions that were created keep
  ///   running on the server.
  /// - Throws: the error of the first item that can't be run: a ``JulesError``, whose ``JulesError/Context/index`` says
  ///   which item it was and whose ``JulesError/Context/results`` tell what became of the others, or what the closure
  ///   threw for that item. Nothing more is started then. `CancellationError` when the task is cancelled.
  public func outcomes(timeout: Duration? = nil) async throws -> [Outcome] {
    try await finished(stopOnError: true, timeout: timeout).map { try $0.result.get() }
  }
}

extension Batch where Value == Session {
  /// All sessions, in the order of the items, each as soon as it is created.
  ///
  /// ```swift
  /// let sessions = try await jules.all(issues, until: .created) { issue in
  ///   RunConfig(prompt: "Fix \(issue)", source: .github("octocat/hello-world"))
  /// }.sessions()
  /// ```
  ///
  /// As if `stopOnError` were on. A session holds its place until it has ended, so with more items than places this
  /// waits for the first ones to end.
  ///
  /// - Parameter timeout: When to give up, for all items together; `nil` is never. Sessions that were created keep
  ///   running on the server.
  /// - Throws: as ``Batch/outcomes(timeout:)``; ``JulesError/config(_:)`` where a plan that waits for an approval would
  ///   hold the last place, for nobody has the session yet that could be approved.
  public func sessions(timeout: Duration? = nil) async throws -> [Session] {
    try await finished(stopOnError: true, timeout: timeout).map { try $0.result.get() }
  }
}

extension Batch {
  /// One item that is done.
  public struct Finished: Sendable, Identifiable {
    /// Its place among the items, from 0.
    public let index: Int
    /// The item.
    public let item: Item
    /// The outcome of its session (or, `until: .created`, the session), or why it could not be run. A failed session is
    /// an outcome.
    public let result: Result<Value, any Error>

    /// A value of your own, for tests and previews.
    public init(index: Int, item: Item, result: Result<Value, any Error>) {
      self.index = index
      self.item = item
      self.result = result
    }

    /// Its index.
    public var id: Int { index }

    /// Why it could not be run: a ``JulesError``, or what the closure threw for it.
    public var error: (any Error)? {
      if case .failure(let error) = result { error } else { nil }
    }
  }
}

extension Batch.Finished where Value == Outcome {
  /// The outcome of its session; `nil` when it could not be run.
  public var outcome: Outcome? { try? result.get() }
}

extension Batch.Finished where Value == Session {
  /// Its session; `nil` when it could not be created.
  public var session: Session? { try? result.get() }
}

/// When an item of a ``Batch`` is done, and so what its result is.
public struct BatchEnd<Value: Sendable>: Sendable {
  let isCreated: Bool
  let value: @Sendable (ItemEnd) throws -> Value
}

extension BatchEnd where Value == Outcome {
  /// When its session has ended: its outcome.
  public static var ended: Self {
    Self(isCreated: false) { end in
      guard case .outcome(let json) = end else { throw mismatch }
      return try decoded(json)
    }
  }
}

extension BatchEnd where Value == Session {
  /// As soon as its session is created: the session. It keeps its place among those that run until it has ended, so that
  /// no more than `concurrency` are at work.
  public static var created: Self {
    Self(isCreated: true) { end in
      guard case .session(let session) = end else { throw mismatch }
      return Session(session)
    }
  }
}

private let mismatch = JulesError.decode(.init(message: "the library and its Swift layer don't match: another end"))
