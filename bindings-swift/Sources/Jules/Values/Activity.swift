// One thing that happened in a session.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One thing that happened in a session: a message, a plan, progress, the end.
///
/// ```swift
/// for try await activity in session.stream() {
///   switch activity.event {
///   case .agentMessaged(let message): print(message)
///   case .planGenerated(let plan): print(plan.steps.map(\.title))
///   case .progressUpdated(let title, _): print(title)
///   default: break
///   }
/// }
/// ```
public struct Activity: Sendable, Hashable, Identifiable {
  /// The resource name, usually `sessions/1/activities/2`.
  public let name: String
  /// Unique within the session.
  public let id: String
  /// Who did it, as the server says: usually `user`, `agent` or `system`; empty when it doesn't say.
  public let originator: String
  /// A description, when there is one.
  public let description: String?
  /// What came with it: patches, command output, pictures.
  public let artifacts: [Artifact]
  /// What happened.
  public let event: Event

  let createTimestamp: Timestamp?

  /// When it happened, by the server's clock. (Encoded, the time keeps all its decimals.)
  public var createTime: Date? { createTimestamp?.date }

  /// The session that it belongs to, as its name says.
  public var sessionID: String? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 1, parts[0] == "sessions", !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }

  /// What kind of activity it is.
  public var type: ActivityType { event.type }

  /// The message, when this is one, of the agent or the user.
  public var message: String? {
    switch event {
    case .agentMessaged(let message), .userMessaged(let message): message
    default: nil
    }
  }

  /// What happened, in one line, cut after 200 characters, such as `Plan generated with 3 steps`.
  public var summary: String {
    guard let json = try? JSONEncoder().encode(self) else { return type.rawValue }
    return activitySummary(text: String(decoding: json, as: UTF8.self)) ?? type.rawValue
  }

  /// A value of your own, for tests and previews.
  public init(
    id: String,
    event: Event,
    name: String = "",
    createTime: Date? = nil,
    originator: String = "agent",
    description: String? = nil,
    artifacts: [Artifact] = []
  ) {
    self.id = id
    self.event = event
    self.name = name
    createTimestamp = createTime.map(Timestamp.init)
    self.originator = originator
    self.description = description ?? event.description
    self.artifacts = artifacts
  }

  /// What an activity is about.
  public enum Event: Sendable, Hashable {
    // surface: cases Event
    /// The agent wrote a message.
    case agentMessaged(message: String)
    /// The user wrote a message.
    case userMessaged(message: String)
    /// The agent made a plan.
    case planGenerated(plan: Plan)
    /// A plan was approved.
    case planApproved(planID: String)
    /// The work progressed.
    case progressUpdated(title: String, description: String)
    /// The session ended with success.
    case sessionCompleted
    /// The session ended without success.
    case sessionFailed(reason: String)
    /// Something that this version does not know, or nothing but a description.
    case unknown(kind: String, raw: JSONValue)
    // surface: end

    /// The description that progress has.
    fileprivate var description: String? {
      if case .progressUpdated(_, let description) = self { description } else { nil }
    }

    /// What kind of activity it is.
    public var type: ActivityType {
      switch self {
      // surface: same Event
      case .agentMessaged: .agentMessaged
      case .userMessaged: .userMessaged
      case .planGenerated: .planGenerated
      case .planApproved: .planApproved
      case .progressUpdated: .progressUpdated
      case .sessionCompleted: .sessionCompleted
      case .sessionFailed: .sessionFailed
      case .unknown: .unknown
      // surface: end
      }
    }
  }
}

extension Activity: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, id, type, createTime, originator, description, artifacts
    case sessionID = "sessionId"
    // surface: coded keys
    case message, plan, planID = "planId", title, reason, kind, raw
    // surface: end
  }

  /// Reads the JSON shape that all languages share.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    id = try fields.decode(String.self, forKey: .id)
    createTimestamp = try fields.decodeIfPresent(Timestamp.self, forKey: .createTime)
    originator = try fields.decode(String.self, forKey: .originator)
    description = try fields.decodeIfPresent(String.self, forKey: .description)
    artifacts = try fields.decode([Artifact].self, forKey: .artifacts)
    event =
      switch try fields.decode(String.self, forKey: .type) {
      // surface: coded read
      case "agentMessaged":
        .agentMessaged(message: try fields.decode(String.self, forKey: .message))
      case "userMessaged":
        .userMessaged(message: try fields.decode(String.self, forKey: .message))
      case "planGenerated":
        .planGenerated(plan: try fields.decode(Plan.self, forKey: .plan))
      case "planApproved":
        .planApproved(planID: try fields.decode(String.self, forKey: .planID))
      case "progressUpdated":
        .progressUpdated(title: try fields.decode(String.self, forKey: .title), description: description ?? "")
      case "sessionCompleted":
        .sessionCompleted
      case "sessionFailed":
        .sessionFailed(reason: try fields.decode(String.self, forKey: .reason))
      // surface: end
      default:
        .unknown(
          kind: try fields.decode(String.self, forKey: .kind),
          raw: try fields.decode(JSONValue.self, forKey: .raw))
      }
  }

  /// Writes the JSON shape that all languages share.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(id, forKey: .id)
    try fields.encodeIfPresent(sessionID, forKey: .sessionID)
    try fields.encode(type, forKey: .type)
    try fields.encodeIfPresent(createTimestamp, forKey: .createTime)
    try fields.encode(originator, forKey: .originator)
    try fields.encodeIfPresent(description, forKey: .description)
    try fields.encode(artifacts, forKey: .artifacts)
    switch event {
    // surface: coded written
    case .agentMessaged(let message):
      try fields.encode(message, forKey: .message)
    case .userMessaged(let message):
      try fields.encode(message, forKey: .message)
    case .planGenerated(let plan):
      try fields.encode(plan, forKey: .plan)
    case .planApproved(let planID):
      try fields.encode(planID, forKey: .planID)
    case .progressUpdated(let title, _):
      try fields.encode(title, forKey: .title)
    case .sessionCompleted:
      break
    case .sessionFailed(let reason):
      try fields.encode(reason, forKey: .reason)
    case .unknown(let kind, let raw):
      try fields.encode(kind, forKey: .kind)
      try fields.encode(raw, forKey: .raw)
    // surface: end
    }
  }
}
