// Where a session is in its life.

/// Where a session is in its life. Words that this version doesn't know are kept in ``other(_:)``.
public enum SessionState: Sendable, Hashable {
  /// The server has not said, as in the answer to a create.
  case unspecified
  /// It waits for a machine.
  case queued
  /// The agent makes a plan.
  case planning
  /// The plan waits for an approval.
  case awaitingPlanApproval
  /// The agent waits for an answer.
  case awaitingUserFeedback
  /// The agent works.
  case inProgress
  /// Work was halted.
  case paused
  /// It ended without success.
  case failed
  /// It ended with success. A message can wake it again.
  case completed
  /// A word that this version doesn't know, as the server sent it.
  case other(String)
}

extension SessionState: RawRepresentable, Codable {
  private static let known: [SessionState] = [
    .unspecified, .queued, .planning, .awaitingPlanApproval, .awaitingUserFeedback, .inProgress, .paused, .failed,
    .completed,
  ]

  /// The state of this name, such as `"inProgress"`.
  public init(rawValue: String) {
    self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue)
  }

  /// The name, the same in every language: `"inProgress"`.
  public var rawValue: String {
    switch self {
    case .unspecified: "unspecified"
    case .queued: "queued"
    case .planning: "planning"
    case .awaitingPlanApproval: "awaitingPlanApproval"
    case .awaitingUserFeedback: "awaitingUserFeedback"
    case .inProgress: "inProgress"
    case .paused: "paused"
    case .failed: "failed"
    case .completed: "completed"
    case .other(let word): word
    }
  }
}

extension SessionState: CustomStringConvertible {
  /// The name, the same in every language.
  public var description: String { rawValue }
}
