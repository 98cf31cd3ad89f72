// What a snapshot has derived: its timeline and what stands out.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One line of a ``Snapshot``'s timeline.
public struct TimelineEntry: Sendable, Hashable, Identifiable, Codable {
  /// The activity's type.
  public let type: ActivityType
  /// What happened, in a line.
  public let summary: String

  let timestamp: Timestamp?
  var activityID = Aside<String?>(value: nil)

  /// A value of your own, for tests and previews.
  public init(type: ActivityType, summary: String, time: Date? = nil) {
    self.type = type
    self.summary = summary
    self.timestamp = time.map(Timestamp.init)
  }

  /// In a snapshot the id of its activity; elsewhere what it says.
  public var id: String { activityID.value ?? "\(timestamp?.text ?? "") \(type) \(summary)" }

  /// When it happened, by the server's clock.
  public var time: Date? { timestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case type, summary
    case timestamp = "time"
  }
}

/// What stands out in a ``Snapshot``.
public struct Insights: Sendable, Hashable, Codable {
  /// How often the agent said that it was done; more than once when a message woke the session.
  public let completionAttempts: Int
  /// How often the agent made a new plan after its first one.
  public let planRegenerations: Int
  /// How many messages the user wrote.
  public let userInterventions: Int
  /// The commands that exited with another code than 0, in order.
  public let failedCommands: [FailedCommand]

  /// A value of your own, for tests and previews.
  public init(
    completionAttempts: Int = 0,
    planRegenerations: Int = 0,
    userInterventions: Int = 0,
    failedCommands: [FailedCommand] = []
  ) {
    self.completionAttempts = completionAttempts
    self.planRegenerations = planRegenerations
    self.userInterventions = userInterventions
    self.failedCommands = failedCommands.numbered
  }

  /// Reads the JSON shape that all languages share.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      completionAttempts: try fields.decode(Int.self, forKey: .completionAttempts),
      planRegenerations: try fields.decode(Int.self, forKey: .planRegenerations),
      userInterventions: try fields.decode(Int.self, forKey: .userInterventions),
      failedCommands: try fields.decode([FailedCommand].self, forKey: .failedCommands))
  }

  private enum CodingKeys: String, CodingKey {
    case completionAttempts, planRegenerations, userInterventions, failedCommands
  }
}

extension [FailedCommand] {
  /// With a number for each among those of its activity.
  fileprivate var numbered: Self {
    var counts: [String: Int] = [:]
    return map { command in
      var command = command
      command.number.value = counts[command.activityID, default: 0]
      counts[command.activityID, default: 0] += 1
      return command
    }
  }
}

/// A command that failed.
public struct FailedCommand: Sendable, Hashable, Identifiable, Codable {
  /// The activity that it belongs to.
  public let activityID: String
  /// The command line.
  public let command: String
  /// What it wrote to stdout and stderr.
  public let output: String
  /// How it exited; never 0.
  public let exitCode: Int32

  let timestamp: Timestamp?
  fileprivate var number = Aside(value: 0)

  /// A value of your own, for tests and previews.
  public init(activityID: String, command: String, output: String = "", exitCode: Int32, time: Date? = nil) {
    self.activityID = activityID
    self.command = command
    self.output = output
    self.exitCode = exitCode
    self.timestamp = time.map(Timestamp.init)
  }

  /// Its activity, and its number among the failed commands of that.
  public var id: String { "\(activityID)/\(number.value)" }

  /// When that was, by the server's clock.
  public var time: Date? { timestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case command, output, exitCode
    case activityID = "activityId"
    case timestamp = "time"
  }
}
