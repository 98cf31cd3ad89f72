// A worker of a queue: the sequence of what it brings to its end.

internal import JulesGlue

extension Queue {
  /// Works for the queue: takes tasks as far as the plan and the bounds allow, follows what workers began that are gone, and
  /// gives each task that it has brought to its end. It ends when nothing is left.
  ///
  /// ```swift
  /// let queue = try jules.queue("updates")
  /// for try await one in queue.work(approve: .asking { _, plan in plan.steps.count < 5 }) {
  ///   print(one.key, one.outcome?.pullRequest?.url as Any, one.error as Any)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - concurrency: How many tasks it is at, at a time; as many as there are slots.
  ///   - follow: Stay when nothing is left; false.
  ///   - approve: What becomes of plans that wait for an approval; ``Approval/none``, they wait for a person.
  /// - Returns: A sequence that does nothing before it is iterated. A concurrency below 1 is a ``JulesError/config(_:)``
  ///   then.
  ///
  /// API: `sessions.create`, `sessions.get`, `sessions.list`.
  public func work(concurrency: Int? = nil, follow: Bool = false, approve: Approval = .none) -> QueueWork {
    QueueWork { [client, glue] in
      let options = WorkOptions(concurrency: try whole(concurrency, "concurrency"), follow: follow)
      return try WorkRun(client: client, queue: glue, options: options, approve: approve)
    }
  }
}

/// How a worker goes about plans that wait for an approval; see ``Queue/work(concurrency:follow:approve:)``.
public struct Approval: Sendable {
  let rule: String
  var ask: (@Sendable (QueueTask, Plan) async throws -> Bool)?

  /// The rule of this name, the same in every language: `"none"` or `"all"`.
  public init(rule: String) { self.rule = rule }

  /// They wait for a person.
  public static let none = Self(rule: "none")

  /// They are approved.
  public static let all = Self(rule: "all")

  /// This is asked for each; `false` leaves it to a person. What it throws ends the work.
  public static func asking(_ ask: @escaping @Sendable (QueueTask, Plan) async throws -> Bool) -> Self {
    var approval = Self.none
    approval.ask = ask
    return approval
  }
}

/// A worker of a ``Queue``, from ``Queue/work(concurrency:follow:approve:)``. Nothing is done before it is iterated; then
/// it continues while no result is asked for.
///
/// Leaving the loop, or cancelling its task, stops the work and gives its tasks back: sessions keep running, and another worker takes
/// them over. Each loop is a separate worker.
public struct QueueWork: AsyncSequence, Sendable {
  /// What it gives: one task after another, as they are finished.
  public typealias Element = Finished

  private let open: (@Sendable () throws -> WorkRun)?
  private let given: [Finished]

  init(open: @escaping @Sendable () throws -> WorkRun) {
    self.open = open
    given = []
  }

  /// A worker of your own, for tests and previews: it gives these, then it ends.
  public init(_ finished: [Finished]) {
    open = nil
    given = finished
  }

  /// All tasks that a worker brings to their end, in the order in which they finish, once nothing is left. The queue's
  /// ``Queue/results()`` has those of all workers.
  ///
  /// ```swift
  /// let done = try await jules.queue("updates").work(approve: .all).finished()
  /// ```
  ///
  /// - Throws: as ``Iterator/next()``.
  public func finished() async throws -> [Finished] {
    var all: [Finished] = []
    for try await one in self { all.append(one) }
    return all
  }

  /// A task that the worker has brought to its end.
  public struct Finished: Sendable, Identifiable {
    /// The task as it is now.
    public let task: QueueTask
    /// The outcome of its session, or why there is none. A failed session is an outcome.
    public let result: Result<Outcome, JulesError>

    /// A value of your own, for tests and previews.
    public init(task: QueueTask, result: Result<Outcome, JulesError>) {
      self.task = task
      self.result = result
    }

    /// The task's key.
    public var key: String { task.key }

    /// The task's key.
    public var id: String { task.key }

    /// The outcome of its session; `nil` when it has none.
    public var outcome: Outcome? { try? result.get() }

    /// Why it has no outcome: it could not be made, or was cancelled.
    public var error: JulesError? {
      if case .failure(let error) = result { error } else { nil }
    }
  }

  /// Begins a loop, which is a separate worker.
  public func makeAsyncIterator() -> Iterator {
    Iterator(given: given[...], open: open)
  }

  /// Hands out the tasks as they are finished.
  public struct Iterator: AsyncIteratorProtocol {
    var given: ArraySlice<Finished>
    var open: (@Sendable () throws -> WorkRun)?
    var run: WorkRun?

    /// The next task that is finished; `nil` when nothing is left.
    ///
    /// - Throws: ``JulesError`` for invalid options, or for what keeps a worker from working; what the closure of
    ///   ``Approval/asking(_:)`` threw; `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Finished? {
      if let one = given.popFirst() { return one }
      do {
        if let open {
          self.open = nil
          run = try open()
        }
        let next = try await run?.next(isolation: actor)
        if next == nil { run = nil }
        return next
      } catch {
        run = nil
        throw error
      }
    }

    /// The next task that is finished; `nil` when nothing is left.
    public mutating func next() async throws -> Finished? {
      try await next(isolation: nil)
    }
  }
}

/// The iterator's hold on the work: when it goes, the work stops.
final class WorkRun: Sendable {
  private let client: Client
  private let work: JulesGlue.QueueWork
  private let relay: PlanRelay?

  init(client: Client, queue: JulesGlue.Queue, options: WorkOptions, approve: Approval) throws {
    let relay = approve.ask.map { PlanRelay(client: client, ask: $0) }
    self.client = client
    self.relay = relay
    work = try direct { try queue.work(options: options, rule: approve.rule, listener: relay) }
    relay?.stops(work)
  }

  deinit { work.stop() }

  func next(isolation: isolated (any Actor)?) async throws -> QueueWork.Finished? {
    // One at a time: they are as rare as sessions, and whoever leaves after one hasn't taken the next.
    let chunk = try await waiting { [work] token in try await work.nextChunk(max: 1, cancel: token) }
    try relay?.throwFailure()
    guard let chunk, let wire = try decoded(chunk, as: [FinishedWire].self).first else { return nil }
    return .init(task: wire.task.of(client), result: try wire.result)
  }
}

/// The form in which it crosses the boundary.
private struct FinishedWire: Decodable {
  let task: QueueTask
  let outcome: Outcome?
  let error: JulesError.Fields?

  var result: Result<Outcome, JulesError> {
    get throws {
      if let outcome { return .success(outcome) }
      if let error { return .failure(try error.error) }
      throw JulesError.decode(.init(message: "a task ended without an outcome or error"))
    }
  }
}

/// Asks the user's own code about plans. What that throws stops the work.
private final class PlanRelay: PlanListener, @unchecked Sendable {
  private let client: Client
  private let ask: @Sendable (QueueTask, Plan) async throws -> Bool
  private let lock = Lock()
  private weak var work: JulesGlue.QueueWork?
  private var failure: (any Error)?

  init(client: Client, ask: @escaping @Sendable (QueueTask, Plan) async throws -> Bool) {
    self.client = client
    self.ask = ask
  }

  func asked(task: String, answer: PlanAnswer) {
    Task {
      do {
        let task = try decoded(task, as: QueueTask.self).of(client)
        guard let plan = task.plan else { return answer.give(approved: false) }
        answer.give(approved: try await ask(task, plan))
      } catch {
        fail(error)
      }
    }
  }

  /// The work that a failure stops. There may have been one before it was known.
  func stops(_ work: JulesGlue.QueueWork) {
    let failed = lock.withLock {
      self.work = work
      return failure != nil
    }
    if failed { work.stop() }
  }

  func throwFailure() throws {
    if let failure = lock.withLock({ failure }) { throw failure }
  }

  private func fail(_ error: any Error) {
    let work = lock.withLock {
      failure = failure ?? error
      return self.work
    }
    work?.stop()
  }
}
