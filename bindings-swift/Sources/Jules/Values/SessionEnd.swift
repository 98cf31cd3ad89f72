// Why a session is over, for those who waited for something else.

/// Why a session is over, as ``JulesError/sessionEnded(_:_:)`` tells it.
public struct SessionEnd: Sendable, Hashable {
  /// Why.
  public let reason: Reason
  /// The session as it was seen last, where it was seen.
  public let info: SessionInfo?
  /// How it ended; only when it ended by itself.
  public let outcome: Outcome?

  /// Why a session is over.
  public enum Reason: String, Sendable, Hashable, Codable {
    // surface: cases EndReason
    /// It completed or failed; `outcome` has how.
    case ended
    /// It was archived while it was at work, which pauses it for good.
    case stopped
    /// It no longer exists on the server.
    case deleted
    // surface: end
  }

  /// A value of your own, for tests and previews.
  public init(reason: Reason, info: SessionInfo? = nil, outcome: Outcome? = nil) {
    self.reason = reason
    self.info = info
    self.outcome = outcome
  }
}
