// One session: follow it, talk to it, wait for it.

internal import JulesGlue

/// One session. It is a small value that may be copied, kept in actors and used from many tasks at once.
public struct Session: Sendable, Identifiable {
  /// Its id, unique among the account's sessions.
  public let id: String

  let glue: JulesGlue.Session

  init(_ glue: JulesGlue.Session) {
    self.glue = glue
    id = glue.id()
  }

  /// The resource name, `sessions/<id>`.
  public var name: String { "sessions/\(id)" }

  /// Its activities one by one and page by page.
  public var activities: Activities { Activities(session: glue) }
}

extension Session: Hashable, CustomStringConvertible {
  /// Two sessions are equal when they have the same id.
  public static func == (one: Session, other: Session) -> Bool { one.id == other.id }
  /// Hashes the id.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
  /// The resource name, `sessions/<id>`.
  public var description: String { name }
}

// MARK: - Following it

extension Session {
  /// All activities so far, then live ones, each exactly once and in order. Ends when the session has ended and
  /// everything was delivered.
  ///
  /// Leaving the loop, or cancelling its task, stops the watching. A cancelled loop throws `CancellationError`.
  ///
  /// - Parameters:
  ///   - follow: Stay open after the end, for a message can wake a completed session; false.
  ///   - after: The id of an activity: only what comes after it is delivered.
  ///   - types: Only these types; all.
  ///   - excludeOriginator: Nothing from these originators, such as `"user"`.
  ///   - stallTimeout: When to throw ``JulesError/timeout(_:)`` because nothing new has come; `nil` is never. Time in the
  ///     queue, or waiting for a person, does not count.
  ///
  /// API: `activities.list`, `sessions.get`.
  public func stream(
    follow: Bool = false,
    after: String? = nil,
    types: [ActivityType] = [],
    excludeOriginator: [String] = [],
    stallTimeout: Duration? = nil
  ) -> ActivityStream {
    let options = StreamOptions(
      follow: follow, after: after, types: types.map(\.rawValue), excludeOriginator: excludeOriginator,
      stallTimeout: stallTimeout?.nanoseconds)
    return ActivityStream { [glue] in glue.stream(options: options) }
  }

  /// What the cache has, then what is new on the server, then the end; it doesn't wait for more.
  ///
  /// - Parameters:
  ///   - offline: Don't ask the server; false.
  ///   - after: The id of an activity: only what comes after it is delivered.
  ///   - types: Only these types; all.
  ///   - excludeOriginator: Nothing from these originators.
  ///
  /// API: `activities.list`, once.
  public func history(
    offline: Bool = false,
    after: String? = nil,
    types: [ActivityType] = [],
    excludeOriginator: [String] = []
  ) -> ActivityStream {
    let options = HistoryOptions(
      offline: offline, after: after, types: types.map(\.rawValue), excludeOriginator: excludeOriginator)
    return ActivityStream { [glue] in glue.history(options: options) }
  }

  /// Only the activities that come after this call, as they come.
  ///
  /// The parameters are those of ``stream(follow:after:types:excludeOriginator:stallTimeout:)``.
  ///
  /// API: `activities.list`, `sessions.get`.
  public func updates(
    follow: Bool = false,
    after: String? = nil,
    types: [ActivityType] = [],
    excludeOriginator: [String] = [],
    stallTimeout: Duration? = nil
  ) -> ActivityStream {
    let options = StreamOptions(
      follow: follow, after: after, types: types.map(\.rawValue), excludeOriginator: excludeOriginator,
      stallTimeout: stallTimeout?.nanoseconds)
    return ActivityStream { [glue] in try direct { try glue.updates(options: options) } }
  }
}

// MARK: - Looking at it

extension Session {
  /// The session as it is now, with what can be derived from it: counts, a timeline, insights, a Markdown page.
  ///
  /// ```swift
  /// let snapshot = try await session.snapshot()
  /// print(snapshot.insights.failedCommands.map(\.command))
  /// ```
  ///
  /// - Parameters:
  ///   - cached: Use what the cache has, without a request; false.
  ///   - timeout: When to give up; `nil` is never.
  ///
  /// API: `sessions.get`, `activities.list`.
  public func snapshot(cached: Bool = false, timeout: Duration? = nil) async throws -> Snapshot {
    try Snapshot(
      await waiting { [glue] token in
        try await glue.snapshot(cached: cached, timeout: timeout?.nanoseconds, cancel: token)
      })
  }
}

extension Session {
  /// What the cache has of the session, and whether the server may have more. No request is made.
  ///
  /// ```swift
  /// let cached = try await session.cacheInfo()
  /// if cached.mayBeStale { try await session.activities.hydrate() }
  /// ```
  public func cacheInfo(timeout: Duration? = nil) async throws -> SessionCacheInfo {
    try decoded(
      await waiting { [glue] token in
        try await glue.cacheInfo(timeout: timeout?.nanoseconds, cancel: token)
      })
  }
}

// MARK: - Waiting for it

extension Session {
  /// Waits until the session is seen in a state.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - timeout: When to give up; `nil` is never.
  ///   - stallTimeout: When to give up because nothing new has come: no activity and no other state. Time in the queue, or
  ///     waiting for a person, does not count. `nil` is never.
  /// - Throws: ``JulesError/unexpectedState(_:info:)`` when it ends in another one,
  ///   ``JulesError/sessionEnded(_:_:)`` when it is stopped or deleted.
  ///
  /// API: `sessions.get`.
  @discardableResult
  public func wait(
    for state: SessionState, timeout: Duration? = nil, stallTimeout: Duration? = nil
  ) async throws -> SessionInfo {
    try await wait(for: [state], timeout: timeout, stallTimeout: stallTimeout)
  }

  /// Waits until the session is seen in one of these states, as the form with one state does.
  @discardableResult
  public func wait(
    for states: [SessionState], timeout: Duration? = nil, stallTimeout: Duration? = nil
  ) async throws -> SessionInfo {
    let json = try await waiting { [glue] token in
      try await glue.waitFor(
        states: states.map(\.rawValue), timeout: timeout?.nanoseconds, stallTimeout: stallTimeout?.nanoseconds,
        cancel: token)
    }
    return try decoded(json)
  }

  /// How the session ended; waits for the end.
  ///
  /// - Parameters:
  ///   - timeout: When to give up; `nil` is never.
  ///   - stallTimeout: When to give up because nothing new has come: no activity and no other state. Time in the queue, or
  ///     waiting for a person, does not count. `nil` is never.
  /// - Throws: ``JulesError/sessionEnded(_:_:)`` when it was stopped or deleted.
  ///
  /// API: `sessions.get`, `activities.list`.
  public func result(timeout: Duration? = nil, stallTimeout: Duration? = nil) async throws -> Outcome {
    let json = try await waiting { [glue] token in
      try await glue.result(
        timeout: timeout?.nanoseconds, stallTimeout: stallTimeout?.nanoseconds, cancel: token)
    }
    return try decoded(json, as: Outcome.self)
  }

  /// The session as the server describes it now, with its latest plan and its activities.
  ///
  /// - Parameters:
  ///   - cached: Use what the cache has, without a request; false.
  ///   - timeout: When to give up; `nil` is never.
  ///
  /// API: `sessions.get`, `activities.list`.
  public func info(cached: Bool = false, timeout: Duration? = nil) async throws -> SessionInfo {
    let json = try await waiting { [glue] token in
      try await glue.info(cached: cached, timeout: timeout?.nanoseconds, cancel: token)
    }
    return try decoded(json)
  }
}

// MARK: - Talking to it

extension Session {
  /// Approves the plan that waits for it. The effect happens at most once.
  ///
  /// API: `sessions.approvePlan`.
  public func approve(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in
      try await glue.approve(timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Sends a message. It is there once, also when the connection breaks after the server took it.
  ///
  /// API: `sessions.sendMessage`.
  public func send(_ text: String, timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in
      try await glue.send(text: text, timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Sends a message and waits for the agent's reply to it: an ``Activity/Event/agentMessaged(message:)`` activity.
  ///
  /// ```swift
  /// let reply = try await session.ask("Which files will you touch?", timeout: .seconds(120))
  /// print(reply.message ?? "")
  /// ```
  ///
  /// - Throws: ``JulesError/sessionEnded(_:_:)`` when the session ends before the reply comes.
  ///
  /// API: `sessions.sendMessage`, `activities.list`.
  public func ask(_ text: String, timeout: Duration? = nil) async throws -> Activity {
    try decoded(
      await waiting { [glue] token in
        try await glue.ask(text: text, timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  // surface: acts Session methods -approve -send
  /// Archives the session (`sessions.archive`); one that is at work is paused for good.
  public func archive(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in
      try await glue.archive(timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good. The service has
  /// no other way. Waits for it, here or elsewhere, fail with ``JulesError/sessionEnded(_:_:)`` and the reason
  /// `stopped`; streams give what is there and end. A session that has ended, or was stopped before, stays as it is.
  public func stop(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in
      try await glue.stop(timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Unarchives the session (`sessions.unarchive`).
  public func unarchive(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in
      try await glue.unarchive(timeout: timeout?.nanoseconds, cancel: token)
    }
  }

  /// Deletes the session (`sessions.delete`), at the server and in the cache.
  public func delete(timeout: Duration? = nil) async throws {
    try await waiting { [glue] token in
      try await glue.delete(timeout: timeout?.nanoseconds, cancel: token)
    }
  }
  // surface: end
}
