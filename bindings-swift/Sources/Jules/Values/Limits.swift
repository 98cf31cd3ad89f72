// Words that errors use: which limit of a plan it is, and what is wrong with the cache.

/// Which of the plan's limits refused a create; see ``JulesError/Context/limit``.
public enum PlanLimit: String, Sendable, Hashable, Codable {
  // surface: cases Limit
  /// As many sessions hold a slot as may.
  case slots
  /// As many sessions were created within 24 hours as may be.
  case day
  /// One of the two, but the service doesn't say which, and the account's usage doesn't show it.
  case unknown
  // surface: end
}

/// What is wrong with the cache; see ``JulesError/Context/fault``.
public enum StoreFault: String, Sendable, Hashable, Codable {
  // surface: cases StoreFault
  /// No space is left for it.
  case full
  /// Another process keeps it locked.
  case busy
  /// It is read-only.
  case readOnly
  /// Its content is not what was written.
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
