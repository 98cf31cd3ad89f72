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
}
