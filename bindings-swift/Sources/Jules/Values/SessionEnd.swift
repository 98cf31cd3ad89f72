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
    /// It completed or failed.
    case ended
    /// It was archived at work, by this program or by somebody else: it is paused for good.
    case stopped
    /// It was deleted.
    case deleted
  }

  /// A value of your own, for tests and previews.
  public init(reason: Reason, info: SessionInfo? = nil, outcome: Outcome? = nil) {
    self.reason = reason
    self.info = info
    self.outcome = outcome
  }
}
