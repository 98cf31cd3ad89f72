// How much is remembered, and where.

/// How much the local store holds for this key, and where it is.
public struct CacheInfo: Sendable, Hashable, Codable {
  /// The folder or file; absent when the cache lives in memory.
  public let location: String?
  /// Its size in bytes.
  public let bytes: Int
  /// How many sessions it holds.
  public let sessions: Int
  /// How many activities it holds.
  public let activities: Int

  /// A value of your own, for tests and previews.
  public init(location: String? = nil, bytes: Int = 0, sessions: Int = 0, activities: Int = 0) {
    self.location = location
    self.bytes = bytes
    self.sessions = sessions
    self.activities = activities
  }
}
