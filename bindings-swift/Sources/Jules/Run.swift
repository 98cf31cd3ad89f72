// Work that was started and is awaited later.

internal import JulesGlue

/// A session under way, from ``Jules/start(_:)``. It is created at once. When
/// the last copy is gone before that is done, it stops; a session that exists keeps running on the server.
public struct Run: Sendable {
  let started: Result<JulesGlue.Run, any Error>

  /// How the session ended; waits for the end.
  ///
  /// - Throws: ``JulesError`` when the session could not be created or watched.
  public func outcome(timeout: Duration? = nil) async throws -> Outcome {
    let run = try started.get()
    let json = try await waiting { token in
      try await run.outcome(timeout: timeout?.nanoseconds, cancel: token)
    }
    return try decoded(json, as: Outcome.self)
  }

  /// The session, as soon as it has been created.
  public func session(timeout: Duration? = nil) async throws -> Session {
    let run = try started.get()
    return Session(
      try await waiting { token in
        try await run.session(timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// The session's activities, as ``Session/stream(follow:after:types:excludeOriginator:stallTimeout:)`` gives them; usable before
  /// the session has been created.
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
    return ActivityStream { [started] in try started.get().stream(options: options) }
  }
}
