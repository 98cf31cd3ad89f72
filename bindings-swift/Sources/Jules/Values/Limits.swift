// Words that errors use: which limit of a plan it is, and what is wrong with the cache.

/// Which of the plan's limits refused a create; see ``JulesError/Context/limit``.
public enum PlanLimit: String, Sendable, Hashable, Codable {
  // surface: cases Limit
  /// So many sessions may hold a slot at a time, and do.
  case slots
  /// So many sessions may be created within 24 hours, and were.
  case day
  /// One of the two, but the service doesn't say which, and it can't be told from what the account uses.
  case unknown
  // surface: end
}

/// What is wrong with the cache; see ``JulesError/Context/fault``.
public enum StoreFault: String, Sendable, Hashable, Codable {
  // surface: cases StoreFault
  /// No space is left for it.
  case full
  /// Somebody else keeps it locked.
  case busy
  /// It may only be read.
  case readOnly
  /// Its content is not what it was written as.
  case damaged
  /// A newer version of this library wrote it.
  case newer
  /// The system doesn't allow it.
  case noPermission
  /// A directory is needed where there is something else.
  case notADirectory
  /// It is a link, a pipe, or others may write to it.
  case unsafe
  /// The device failed.
  case device
  /// The server can't be reached, or the connection to it is lost.
  case unreachable
  /// Anything else.
  case other
  // surface: end
}
