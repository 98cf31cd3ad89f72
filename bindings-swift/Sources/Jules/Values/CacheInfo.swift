// How much is remembered, where, and how fresh it is.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How much the cache holds for this key, and where it is.
public struct CacheInfo: Sendable, Hashable, Codable {
  /// The file; absent when the cache is in memory.
  public let location: String?
  /// Why the cache is in memory instead of on disk: that the disk is full, say.
  public let reason: String?
  /// Its size in bytes.
  public let bytes: Int
  /// How many sessions it holds.
  public let sessions: Int
  /// How many activities it holds.
  public let activities: Int

  private let syncTimestamp: Timestamp?

  /// A value of your own, for tests and previews.
  public init(
    location: String? = nil, reason: String? = nil, bytes: Int = 0, sessions: Int = 0, activities: Int = 0,
    lastSynced: Date? = nil
  ) {
    self.location = location
    self.reason = reason
    self.bytes = bytes
    self.sessions = sessions
    self.activities = activities
    self.syncTimestamp = lastSynced.map(Timestamp.init)
  }

  /// When a sync was last complete, by the local clock.
  public var lastSynced: Date? { syncTimestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case location, reason, bytes, sessions, activities
    case syncTimestamp = "lastSynced"
  }
}

/// What the cache has of one session, and whether the server may have more; see ``Session/cacheInfo(timeout:)``.
public struct SessionCacheInfo: Sendable, Hashable, Codable {
  /// The session.
  public let sessionID: String
  /// How many of its activities are in the cache.
  public let activities: Int
  /// Whether the server may have more than the cache.
  public let mayBeStale: Bool
  /// Why.
  public let reason: StaleReason?

  private let syncTimestamp: Timestamp?

  /// A value of your own, for tests and previews.
  public init(
    sessionID: String, activities: Int = 0, mayBeStale: Bool = false, reason: StaleReason? = nil,
    lastSynced: Date? = nil
  ) {
    self.sessionID = sessionID
    self.activities = activities
    self.mayBeStale = mayBeStale
    self.reason = reason
    self.syncTimestamp = lastSynced.map(Timestamp.init)
  }

  /// When it was last fetched with all its activities, by the local clock.
  public var lastSynced: Date? { syncTimestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case activities, mayBeStale, reason
    case sessionID = "sessionId"
    case syncTimestamp = "lastSynced"
  }
}

/// Why the cache's copy of a session may be stale.
public enum StaleReason: String, Sendable, Hashable, Codable {
  // surface: cases StaleReason
  /// The cache has never seen the session.
  case notCached
  /// Its activities were never fetched completely.
  case neverSynced
  /// It was seen in another state, or changed at another time, after its activities were fetched.
  case changed
  /// It had not ended when it was last fetched.
  case running
  /// It had ended, and its last activities may not have been there yet.
  case incomplete
  /// It was last fetched more than a day ago; a message may have woken it since.
  case outdated
  // surface: end
}
