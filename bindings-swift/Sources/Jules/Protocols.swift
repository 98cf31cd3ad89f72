// What the client and a session can do, as protocols: code that is written against them takes a fake in tests.

/// What a ``Session`` can do. Code that takes `some SessionProtocol` takes a fake in tests.
///
/// ```swift
/// func nudge(_ session: some SessionProtocol) async throws {
///   if try await session.info().state == .awaitingUserFeedback { try await session.send("Please continue.") }
/// }
///
/// struct Waiting: SessionProtocol {
///   let id = "1"
///   func info(cached: Bool, timeout: Duration?) async throws -> SessionInfo {
///     SessionInfo(id: id, state: .awaitingUserFeedback)
///   }
///   func send(_ text: String, timeout: Duration?) async throws {}
/// }
/// try await nudge(Waiting())
/// ```
///
/// A fake has what is used of it; the rest throws ``JulesError/config(_:)`` with the name of what is missing.
public protocol SessionProtocol: Sendable, Identifiable where ID == String {
  /// See ``Session/stream(follow:after:types:excludeOriginator:stallTimeout:)``.
  func stream(
    follow: Bool, after: String?, types: [ActivityType], excludeOriginator: [String], stallTimeout: Duration?
  ) -> ActivityStream
  /// See ``Session/history(offline:after:types:excludeOriginator:)``.
  func history(offline: Bool, after: String?, types: [ActivityType], excludeOriginator: [String]) -> ActivityStream
  /// See ``Session/updates(follow:after:types:excludeOriginator:stallTimeout:)``.
  func updates(
    follow: Bool, after: String?, types: [ActivityType], excludeOriginator: [String], stallTimeout: Duration?
  ) -> ActivityStream
  /// See ``Session/info(cached:timeout:)``.
  func info(cached: Bool, timeout: Duration?) async throws -> SessionInfo
  /// See ``Session/snapshot(cached:timeout:)``.
  func snapshot(cached: Bool, timeout: Duration?) async throws -> Snapshot
  /// See ``Session/result(timeout:stallTimeout:)``.
  func result(timeout: Duration?, stallTimeout: Duration?) async throws -> Outcome
  /// Waits until the session is seen in one of these states.
  @discardableResult
  func wait(for states: [SessionState], timeout: Duration?, stallTimeout: Duration?) async throws -> SessionInfo
  // surface: acts Session declared
  /// See ``Session/approve(timeout:)``.
  func approve(timeout: Duration?) async throws
  /// See ``Session/send(_:timeout:)``.
  func send(_ text: String, timeout: Duration?) async throws
  /// See ``Session/archive(timeout:)``.
  func archive(timeout: Duration?) async throws
  /// See ``Session/stop(timeout:)``.
  func stop(timeout: Duration?) async throws
  /// See ``Session/unarchive(timeout:)``.
  func unarchive(timeout: Duration?) async throws
  /// See ``Session/delete(timeout:)``.
  func delete(timeout: Duration?) async throws
  // surface: end
  /// See ``Session/ask(_:timeout:)``.
  func ask(_ text: String, timeout: Duration?) async throws -> Activity
}

/// What the client ``Jules`` can do. Code that takes `some JulesProtocol` takes a fake in tests.
///
/// A fake has what is used of it; the rest throws ``JulesError/config(_:)`` with the name of what is missing.
public protocol JulesProtocol: Sendable {
  /// What its sessions are.
  associatedtype Session: SessionProtocol
  /// What its queues are.
  associatedtype Queue: QueueProtocol = _Queue

  /// See ``Jules/createSession(_:timeout:)``.
  func createSession(_ config: RunConfig, timeout: Duration?) async throws -> Session
  /// See ``Jules/session(id:)``.
  func session(id: String) throws -> Session
  /// See ``Jules/run(_:timeout:)``.
  func run(_ config: RunConfig, timeout: Duration?) async throws -> Outcome
  /// See ``Jules/sessions(pageSize:limit:filter:pageToken:)``.
  func sessions(pageSize: Int?, limit: Int?, filter: String?, pageToken: String?) -> SessionList
  /// See ``Jules/sources(filter:pageSize:limit:)``.
  func sources(filter: String?, pageSize: Int?, limit: Int?) -> SourceList
  /// See ``Jules/source(github:timeout:)``.
  func source(github: String, timeout: Duration?) async throws -> Source
  /// See ``Jules/select(_:timeout:)``.
  func select(_ query: Query, timeout: Duration?) async throws -> [QueryRow]
  /// See ``Jules/quota(timeout:)``.
  func quota(timeout: Duration?) async throws -> Quota
  /// See ``Jules/cacheInfo(timeout:)``.
  func cacheInfo(timeout: Duration?) async throws -> CacheInfo
  /// See ``Jules/queue(_:slots:perDay:)``.
  func queue(_ name: String, slots: Int?, perDay: Int?) throws -> Queue
}

/// What a ``Queue`` can do. Code that takes `some QueueProtocol` takes a fake in tests.
///
/// A fake has what is used of it; the rest throws ``JulesError/config(_:)`` with the name of what is missing.
public protocol QueueProtocol: Sendable {
  /// See ``Queue/add(_:timeout:)``.
  @discardableResult
  func add(_ task: TaskConfig, timeout: Duration?) async throws -> QueueTask
  /// See ``Queue/work(concurrency:follow:approve:)``.
  func work(concurrency: Int?, follow: Bool, approve: Approval) throws -> QueueWork
  /// See ``Queue/tasks(in:)``.
  func tasks(in states: [QueueTask.State]) throws -> QueueTaskList
  /// The tasks that have ended, the first to end first.
  func results() throws -> QueueTaskList
  /// The tasks that wait for a person.
  func waitingForPerson() throws -> QueueTaskList
  /// See ``Queue/task(_:timeout:)``.
  func task(_ key: String, timeout: Duration?) async throws -> QueueTask
  /// See ``Queue/cancel(_:timeout:)``.
  @discardableResult
  func cancel(_ key: String, timeout: Duration?) async throws -> QueueTask
  /// See ``Queue/pause(timeout:)``.
  func pause(timeout: Duration?) async throws
  /// See ``Queue/resume(timeout:)``.
  func resume(timeout: Duration?) async throws
  /// See ``Queue/status(timeout:)``.
  func status(timeout: Duration?) async throws -> QueueStatus
}

extension Session: SessionProtocol {}
extension Jules: JulesProtocol {}
extension Queue: QueueProtocol {}

// MARK: - What is left out

extension SessionProtocol {
  /// Everything so far, then live, to the end.
  public func stream() -> ActivityStream {
    stream(follow: false, after: nil, types: [], excludeOriginator: [], stallTimeout: nil)
  }
  /// What there is so far.
  public func history() -> ActivityStream {
    history(offline: false, after: nil, types: [], excludeOriginator: [])
  }
  /// What comes from now on.
  public func updates() -> ActivityStream {
    updates(follow: false, after: nil, types: [], excludeOriginator: [], stallTimeout: nil)
  }
  /// The session as it is now.
  public func info() async throws -> SessionInfo { try await info(cached: false, timeout: nil) }
  /// The session as it is now, with what can be derived from it.
  public func snapshot() async throws -> Snapshot { try await snapshot(cached: false, timeout: nil) }
  /// How the session ended; waits for the end.
  public func result() async throws -> Outcome { try await result(timeout: nil, stallTimeout: nil) }
  /// Waits until the session is seen in a state.
  @discardableResult
  public func wait(for state: SessionState) async throws -> SessionInfo {
    try await wait(for: [state], timeout: nil, stallTimeout: nil)
  }
  // surface: acts Session short
  /// Approves the pending plan (`sessions.approvePlan`), at most once.
  public func approve() async throws { try await approve(timeout: nil) }
  /// Sends a message (`sessions.sendMessage`).
  public func send(_ text: String) async throws { try await send(text, timeout: nil) }
  /// Archives the session (`sessions.archive`); one that is at work is paused for good.
  public func archive() async throws { try await archive(timeout: nil) }
  /// Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good.
  public func stop() async throws { try await stop(timeout: nil) }
  /// Unarchives the session (`sessions.unarchive`).
  public func unarchive() async throws { try await unarchive(timeout: nil) }
  /// Deletes the session (`sessions.delete`), at the server and in the cache.
  public func delete() async throws { try await delete(timeout: nil) }
  // surface: end
  /// Sends a message and waits for the agent's reply to it.
  public func ask(_ text: String) async throws -> Activity { try await ask(text, timeout: nil) }
}

extension JulesProtocol {
  /// Creates a session to talk with.
  public func createSession(_ config: RunConfig) async throws -> Session {
    try await createSession(config, timeout: nil)
  }
  /// Runs a session to its end.
  public func run(_ config: RunConfig) async throws -> Outcome { try await run(config, timeout: nil) }
  /// The account's sessions, newest first.
  public func sessions() -> SessionList {
    sessions(pageSize: nil, limit: nil, filter: nil, pageToken: nil)
  }
  /// The sources that Jules has access to.
  public func sources() -> SourceList { sources(filter: nil, pageSize: nil, limit: nil) }
  /// One source.
  public func source(github: String) async throws -> Source { try await source(github: github, timeout: nil) }
  /// What a query finds in the cache.
  public func select(_ query: Query) async throws -> [QueryRow] { try await select(query, timeout: nil) }
  /// What the account uses of its plan.
  public func quota() async throws -> Quota { try await quota(timeout: nil) }
  /// What the cache holds.
  public func cacheInfo() async throws -> CacheInfo { try await cacheInfo(timeout: nil) }
  /// The queue of this name.
  public func queue(_ name: String) throws -> Queue { try queue(name, slots: nil, perDay: nil) }
}

extension QueueProtocol {
  /// Adds a task, unless its key is known.
  @discardableResult
  public func add(_ task: TaskConfig) async throws -> QueueTask { try await add(task, timeout: nil) }
  /// Works for the queue.
  public func work() throws -> QueueWork { try work(concurrency: nil, follow: false, approve: .none) }
  /// Its tasks.
  public func tasks() throws -> QueueTaskList { try tasks(in: []) }
  /// The task with this key.
  public func task(_ key: String) async throws -> QueueTask { try await task(key, timeout: nil) }
  /// Cancels a task.
  @discardableResult
  public func cancel(_ key: String) async throws -> QueueTask { try await cancel(key, timeout: nil) }
  /// Pauses the queue.
  public func pause() async throws { try await pause(timeout: nil) }
  /// Resumes the queue.
  public func resume() async throws { try await resume(timeout: nil) }
  /// Its counts and limits.
  public func status() async throws -> QueueStatus { try await status(timeout: nil) }
}
