// Words that errors use: which limit of a plan it is, and what is wrong with the store.

/// Which of the plan's limits refused a create; see ``JulesError/Context/limit``.
public enum PlanLimit: String, Sendable, Hashable, Codable {
  /// So many sessions may hold a slot at a time, and do.
  case slots
  /// So many sessions may be created within 24 hours, and were.
  case day
  /// One of the two, but which can't be told.
  case unknown
}

/// What is wrong with the local store; see ``JulesError/Context/fault``.
public enum StoreFault: String, Sendable, Hashable, Codable {
  /// The disk, or the quota on it, is full.
  case full
  /// Another process holds it; calling again later is worth it.
  case busy
  /// It can't be written to.
  case readOnly
  /// Its file is damaged.
  case damaged
  /// A newer version of Jules made it.
  case newer
  /// This user has no right to it.
  case noPermission
  /// Its path is no directory.
  case notADirectory
  /// Others could change it.
  case unsafe
  /// The PostgreSQL server can't be reached.
  case unreachable
  /// The device failed.
  case device
  /// Anything else.
  case other
}
