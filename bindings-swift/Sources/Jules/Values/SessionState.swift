// The state of a session.

/// The state of a session. Words that this version doesn't know are kept in ``other(_:)``.
public enum SessionState: Sendable, Hashable {
  // surface: cases SessionState
  /// The server has not said, as in the answer to a create.
  case unspecified
  /// Waiting for a machine.
  case queued
  /// The agent is making its plan.
  case planning
  /// The agent waits for `approve`.
  case awaitingPlanApproval
  /// The agent has asked something and waits for a message.
  case awaitingUserFeedback
  /// The agent works.
  case inProgress
  /// It was paused.
  case paused
  /// Ended without success.
  case failed
  /// Ended with success. A message can wake it again.
  case completed
  // surface: end
  /// A word that this version doesn't know, as the server sent it.
  case other(String)
}

extension SessionState: RawRepresentable, Codable {
  private static let known: [SessionState] = [
    // surface: known SessionState
    .unspecified,
    .queued,
    .planning,
    .awaitingPlanApproval,
    .awaitingUserFeedback,
    .inProgress,
    .paused,
    .failed,
    .completed,
    // surface: end
  ]

  /// The state of this name, such as `"inProgress"`.
  public init(rawValue: String) {
    self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue)
  }

  /// The name, the same in every language: `"inProgress"`.
  public var rawValue: String {
    switch self {
    // surface: names SessionState
    case .unspecified: "unspecified"
    case .queued: "queued"
    case .planning: "planning"
    case .awaitingPlanApproval: "awaitingPlanApproval"
    case .awaitingUserFeedback: "awaitingUserFeedback"
    case .inProgress: "inProgress"
    case .paused: "paused"
    case .failed: "failed"
    case .completed: "completed"
    // surface: end
    case .other(let word): word
    }
  }
}

extension SessionState: CustomStringConvertible {
  /// The name, the same in every language.
  public var description: String { rawValue }
}
