// Bringing the cache up to date with the server.

internal import JulesGlue

extension Jules {
  /// Brings the cache up to date with the server, so that all of it can be read and queried offline.
  ///
  /// ```swift
  /// let report = try await jules.sync(depth: .activities) { progress in
  ///   print(progress.phase, progress.current, progress.total ?? 0)
  /// }
  /// print("\(report.sessionsIngested) new sessions, \(report.activitiesIngested) new activities")
  /// ```
  ///
  /// What the server no longer has is forgotten, unless there is a limit. One sync at a time uses a cache, in whichever process: a
  /// second one waits until the first is done. Whether it is cancelled, killed or fails, what it has fetched stays, and the
  /// next one continues from there.
  ///
  /// - Parameters:
  ///   - sessionID: Only this session; it is always asked for. All of the account.
  ///   - limit: Only this many sessions, the newest; all.
  ///   - depth: How much of each session; ``SyncDepth/metadata``.
  ///   - incremental: Whether what is fresh is skipped: sessions that ended, for a day; those older than 30 days, for good;
  ///     unless the listing shows that they have changed. True; else everything is fetched again.
  ///   - concurrency: How many sessions are brought up to date at once; 3.
  ///   - checkpoint: Whether a sync of the same kind that was interrupted less than a day ago is continued; true.
  ///   - timeout: When to give up; `nil` is never.
  ///   - onProgress: Called for each step, from whatever thread it happens on; should be quick.
  /// - Throws: ``JulesError/config(_:)`` for a concurrency below 1, ``JulesError/notFound(_:)`` for a session that doesn't
  ///   exist, or for what stops it. A session that can't be fetched while others can is not an error:
  ///   ``SyncReport/sessionsFailed`` counts it.
  ///
  /// API: `sessions.list`, `sessions.get`, `activities.list`.
  @discardableResult
  public func sync(
    sessionID: String? = nil,
    limit: Int? = nil,
    depth: SyncDepth = .metadata,
    incremental: Bool = true,
    concurrency: Int? = nil,
    checkpoint: Bool = true,
    timeout: Duration? = nil,
    onProgress: (@Sendable (SyncProgress) -> Void)? = nil
  ) async throws -> SyncReport {
    let client = try client
    let options = SyncOptions(
      sessionId: sessionID, limit: try whole(limit, "limit"), depth: depth.rawValue, incremental: incremental,
      concurrency: try whole(concurrency, "concurrency"), checkpoint: checkpoint)
    let listener = onProgress.map(ProgressRelay.init)
    return try decoded(
      await waiting { token in
        try await client.sync(
          options: options, listener: listener, timeout: timeout?.nanoseconds, cancel: token)
      })
  }
}

/// How much of each session a ``Jules/Jules/sync(sessionID:limit:depth:incremental:concurrency:checkpoint:timeout:onProgress:)``
/// fetches.
public enum SyncDepth: String, Sendable, Hashable, Codable {
  // surface: cases SyncDepth
  /// The sessions themselves: prompts, titles, states, sources. A hundred of them take one request. Their outputs don't
  /// come along, which are most of the weight; those that are in the cache stay, and a request for a session or its
  /// result gets them from the server.
  case metadata
  /// Their outputs and all their activities too. Each session takes separate requests.
  case activities
  // surface: end
}

/// The progress of a sync.
public struct SyncProgress: Sendable, Hashable, Codable {
  /// What a sync is doing.
  public enum Phase: String, Sendable, Hashable, Codable {
    // surface: cases SyncPhase
    /// Another sync of the same cache is under way, here or in another process; this one begins when that one ends.
    case waiting
    /// It continues one that was interrupted.
    case checkpoint
    /// The sessions are being listed.
    case fetchingList
    /// Sessions are being fetched.
    case hydratingRecords
    /// Sessions are being fetched with their activities.
    case hydratingActivities
    /// Checking sessions that are missing from the listing.
    case checkingDeleted
    // surface: end
  }

  /// What it is doing.
  public let phase: Phase
  /// How many sessions it has done that with.
  public let current: Int
  /// Out of how many, where that is known.
  public let total: Int?
  /// The session that is done.
  public let lastIngestedID: String?
  /// How many activities of it were new.
  public let activityCount: Int?

  /// A value of your own, for tests and previews.
  public init(
    phase: Phase,
    current: Int,
    total: Int? = nil,
    lastIngestedID: String? = nil,
    activityCount: Int? = nil
  ) {
    self.phase = phase
    self.current = current
    self.total = total
    self.lastIngestedID = lastIngestedID
    self.activityCount = activityCount
  }

  private enum CodingKeys: String, CodingKey {
    case phase, current, total, activityCount
    case lastIngestedID = "lastIngestedId"
  }
}

/// What a sync has done.
public struct SyncReport: Sendable, Hashable, Codable {
  /// Sessions that the cache did not have, to this depth, before.
  public let sessionsIngested: Int
  /// Sessions that it had, fetched again.
  public let sessionsRefreshed: Int
  /// Sessions that were skipped.
  public let sessionsSkipped: Int
  /// Sessions that the server no longer has: hidden, and kept.
  public let sessionsDeleted: Int
  /// Sessions that could not be fetched, although others could; the next sync tries again.
  public let sessionsFailed: Int
  /// Activities that are new in the cache.
  public let activitiesIngested: Int
  /// Whether everything that was asked for is in the cache now.
  public let isComplete: Bool
  /// How long it took, in milliseconds.
  public let durationMs: Int

  /// A value of your own, for tests and previews.
  public init(
    sessionsIngested: Int = 0,
    sessionsRefreshed: Int = 0,
    sessionsSkipped: Int = 0,
    sessionsDeleted: Int = 0,
    sessionsFailed: Int = 0,
    activitiesIngested: Int = 0,
    isComplete: Bool = true,
    durationMs: Int = 0
  ) {
    self.sessionsIngested = sessionsIngested
    self.sessionsRefreshed = sessionsRefreshed
    self.sessionsSkipped = sessionsSkipped
    self.sessionsDeleted = sessionsDeleted
    self.sessionsFailed = sessionsFailed
    self.activitiesIngested = activitiesIngested
    self.isComplete = isComplete
    self.durationMs = durationMs
  }

  /// How long it took.
  public var duration: Duration { .milliseconds(durationMs) }
}
