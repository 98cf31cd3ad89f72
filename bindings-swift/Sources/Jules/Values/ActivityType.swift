// The names of activity types, for filters.

/// What kind of activity something is. The names are the same in every language.
public struct ActivityType: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
  /// The name, such as `"planGenerated"`.
  public let rawValue: String

  /// The type of this name.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The type of this name: a literal may stand where a type is wanted.
  public init(stringLiteral value: String) { rawValue = value }

  // surface: statics Event
  /// The agent wrote a message.
  public static let agentMessaged: Self = "agentMessaged"
  /// The user wrote a message.
  public static let userMessaged: Self = "userMessaged"
  /// The agent made a plan.
  public static let planGenerated: Self = "planGenerated"
  /// A plan was approved.
  public static let planApproved: Self = "planApproved"
  /// The work progressed.
  public static let progressUpdated: Self = "progressUpdated"
  /// The session ended with success.
  public static let sessionCompleted: Self = "sessionCompleted"
  /// The session ended without success.
  public static let sessionFailed: Self = "sessionFailed"
  /// Something that this version does not know, or nothing but a description.
  public static let unknown: Self = "unknown"
  // surface: end
}

extension ActivityType: CustomStringConvertible {
  /// The name, the same in every language.
  public var description: String { rawValue }
}
