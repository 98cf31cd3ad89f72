// A queue of tasks in the cache: what is added to it, who works for it, how it stands.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A queue of tasks in the cache (``Jules/Cache``), from ``Jules/queue(_:slots:perDay:)``: a folder on one machine, PostgreSQL
/// on many. Any number of workers, in any number of processes, take its tasks; each task is started once and brought to its
/// outcome, also when the worker that began it is gone. The plan's slots and its day are counted for the account, over all
/// queues and creates that share the cache.
///
/// ```swift
/// let queue = try jules.queue("updates")
/// try await queue.addAll(["swift-nio", "swift-log"]) { name in
///   TaskConfig(RunConfig(prompt: "Update \(name)", source: .github("octocat/hello-world")), key: name)
/// }
/// for try await one in queue.work() {
///   print(one.key, one.outcome?.state as Any, one.error as Any)
/// }
/// ```
public struct Queue: Sendable {
  /// Its name.
  public let name: String

  let client: Client
  let glue: JulesGlue.Queue
}

extension Jules {
  /// The queue of this name. No request is made.
  ///
  /// - Parameters:
  ///   - name: 1 to 128 characters.
  ///   - slots: How many of its tasks may hold a slot at a time; as many as the account has.
  ///   - perDay: How many sessions may be created for it within 24 hours; as many as the account may.
  /// - Throws: ``JulesError/config(_:)`` for a bad name or a bound below 1.
  public func queue(_ name: String, slots: Int? = nil, perDay: Int? = nil) throws -> Queue {
    let client = try client
    let bounds = QueueOptions(slots: try whole(slots, "slots"), perDay: try whole(perDay, "perDay"))
    return Queue(name: name, client: client, glue: try direct { try client.queue(name: name, options: bounds) })
  }
}

// MARK: - Adding

extension Queue {
  /// What came of ``Queue/addAll(_:timeout:task:)``.
  public struct Added: Sendable, Hashable, Codable {
    /// How many were added.
    public let added: Int
    /// How many were known, for the same.
    public let known: Int
    /// Those whose key is known for something else; they stay as they are.
    public let conflicts: [Conflict]

    /// A value of your own, for tests and previews.
    public init(added: Int = 0, known: Int = 0, conflicts: [Conflict] = []) {
      self.added = added
      self.known = known
      self.conflicts = conflicts
    }
  }

  /// A key that is known for something else.
  public struct Conflict: Sendable, Hashable, Codable {
    /// The key.
    public let key: String
    /// The first option that differs, such as `prompt`.
    public let field: String

    /// A value of your own, for tests and previews.
    public init(key: String, field: String) {
      self.key = key
      self.field = field
    }
  }

  /// Adds a task, unless its key is known; gives it as it is.
  ///
  /// ```swift
  /// let queue = try jules.queue("issues")
  /// let task = try await queue.add(RunConfig(prompt: "Fix issue 42"), key: "issue-42", maxAttempts: 2)
  /// print(task.state)
  /// ```
  ///
  /// - Parameters:
  ///   - run: What its session is to do, with the defaults of ``Jules/run(_:timeout:)``.
  ///   - key: Its name of your own, 1 to 256 characters; absent, the one in `run`.
  ///   - priority: Higher ones go first; 0.
  ///   - notBefore: It isn't started earlier; absent, as soon as there is room.
  ///   - maxAttempts: How many sessions may be started for it; one.
  ///   - retryOn: After which failures it is started again; ``TaskConfig/RetryOn/service``.
  ///   - timeout: When to give up; `nil` is never.
  /// - Throws: ``JulesError/config(_:)``, with the `field` that differs, when the key is known for something else.
  @discardableResult
  public func add(
    _ run: RunConfig, key: String? = nil, priority: Int = 0, notBefore: Date? = nil, maxAttempts: Int? = nil,
    retryOn: TaskConfig.RetryOn? = nil, timeout: Duration? = nil
  ) async throws -> QueueTask {
    var task = TaskConfig(
      run, priority: priority, notBefore: notBefore, maxAttempts: maxAttempts, retryOn: retryOn)
    if let key { task.run.key = key }
    return try await add(task, timeout: timeout)
  }

  /// Adds a task, unless its key is known; gives it as it is.
  ///
  /// - Throws: ``JulesError/config(_:)``, with the `field` that differs, when the key is known for something else.
  @discardableResult
  public func add(_ task: TaskConfig, timeout: Duration? = nil) async throws -> QueueTask {
    let wire = try task.wire()
    return try await self.task { [glue] token in
      try await glue.add(task: wire, timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Adds a task for each item, ten thousand in one go; tasks whose key is known stay as they are.
  ///
  /// - Parameters:
  ///   - items: Taken to the end before anything is added.
  ///   - timeout: When to give up; `nil` is never.
  ///   - task: The task of an item. What it throws is thrown here, and none is added.
  /// - Throws: ``JulesError/config(_:)`` for a task that can't be one; then none is added. Keys that are known for something
  ///   else are not an error: ``Added/conflicts`` has them.
  @discardableResult
  public func addAll<Items: Sequence>(
    _ items: Items, timeout: Duration? = nil, task: (Items.Element) async throws -> TaskConfig
  ) async throws -> Added {
    var tasks: [JulesGlue.TaskConfig] = []
    for item in items {
      try Task.checkCancellation()
      tasks.append(try await task(item).wire())
    }
    let all = tasks
    return try decoded(
      await waiting { [glue] token in
        try await glue.addAll(tasks: all, timeout: timeout?.nanoseconds, cancel: token)
      })
  }
}

// MARK: - Looking, and having a say

extension Queue {
  /// Its tasks in the order in which they were added, read as they are asked for.
  ///
  /// - Parameter states: Only those in one of these; all. For a state that there isn't the first task is a
  ///   ``JulesError/config(_:)``.
  public func tasks(in states: [QueueTask.State] = []) -> QueueTaskList {
    let names = states.map(\.rawValue)
    return QueueTaskList(client) { [glue] in try direct { try glue.tasks(states: names) } }
  }

  /// All finished tasks, in the order in which they finished; they are kept for 30 days.
  public func results() -> QueueTaskList {
    QueueTaskList(client) { [glue] in glue.results() }
  }

  /// The tasks that wait for a person, each with its plan or its question. They can be answered from anywhere.
  ///
  /// ```swift
  /// for try await task in try jules.queue("updates").waitingForPerson() {
  ///   if task.plan != nil { try await task.session().approve() }
  /// }
  /// ```
  public func waitingForPerson() -> QueueTaskList {
    QueueTaskList(client) { [glue] in glue.waitingForPerson() }
  }

  /// The task with this key.
  ///
  /// - Throws: ``JulesError/notFound(_:)`` when the queue has none.
  public func task(_ key: String, timeout: Duration? = nil) async throws -> QueueTask {
    try await task { [glue] token in
      try await glue.task(key: key, timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Cancels a task: one that waits is dropped, one at work has its session stopped. What is finished stays as it is.
  ///
  /// - Throws: ``JulesError/notFound(_:)`` when the queue has none with this key.
  ///
  /// API: `sessions.archive`.
  @discardableResult
  public func cancel(_ key: String, timeout: Duration? = nil) async throws -> QueueTask {
    try await task { [glue] token in
      try await glue.cancel(key: key, timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Pauses the queue for all workers, in whatever process: nothing more is started; sessions at work continue.
  public func pause(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in try await glue.pause(timeout: timeout?.nanoseconds, cancel: token) }
  }

  /// Resumes a paused queue.
  public func resume(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in try await glue.resume(timeout: timeout?.nanoseconds, cancel: token) }
  }

  /// The queue's counts and limits, read from the cache alone.
  public func status(timeout: Duration? = nil) async throws -> QueueStatus {
    try decoded(
      await waiting { [glue] token in try await glue.status(timeout: timeout?.nanoseconds, cancel: token) })
  }

  private func task(_ call: @Sendable (CancelToken) async throws -> String) async throws -> QueueTask {
    try decoded(await waiting(call), as: QueueTask.self).of(client)
  }
}

extension Queue: CustomStringConvertible {
  /// Its name.
  public var description: String { name }
}

/// Tasks of a ``Queue``, read as they are asked for.
public struct QueueTaskList: AsyncSequence, Sendable {
  /// What it gives: one task after another.
  public typealias Element = QueueTask

  private let client: Client?
  private let start: @Sendable () -> ChunkIterator<JulesGlue.TaskList>

  init(_ client: Client, _ open: @escaping @Sendable () throws -> JulesGlue.TaskList) {
    let opening = Opening(open)
    self.client = client
    start = { ChunkIterator(opening.take()) }
  }

  /// A list of your own, for tests and previews: it gives these tasks, then it ends, or throws this error.
  public init(_ tasks: [QueueTask], error: (any Error)? = nil) {
    client = nil
    start = { ChunkIterator(tasks, error: error) }
  }

  /// Begins a loop, at the first task.
  public func makeAsyncIterator() -> Iterator {
    Iterator(client: client, chunks: start())
  }

  /// Hands out the tasks one by one.
  public struct Iterator: AsyncIteratorProtocol {
    let client: Client?
    var chunks: ChunkIterator<JulesGlue.TaskList>

    /// The next task; `nil` at the end.
    ///
    /// - Throws: ``JulesError``, or `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> QueueTask? {
      let task = try await chunks.next(isolation: actor)
      guard let client else { return task }
      return task?.of(client)
    }

    /// The next task; `nil` at the end.
    public mutating func next() async throws -> QueueTask? {
      try await next(isolation: nil)
    }
  }
}
