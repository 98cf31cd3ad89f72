// A session at one moment, with what can be derived from its activities.

import Foundation
internal import JulesGlue

/// A session at one moment, whole: ``Session/snapshot(cached:timeout:)`` takes it.
///
/// ```swift
/// let snapshot = try await session.snapshot()
/// print(snapshot.activityCounts, snapshot.insights.failedCommands.map(\.command))
/// print(snapshot.toMarkdown())
/// ```
public struct Snapshot: Sendable, Identifiable {
  /// The session's id.
  public var id: String { fields.id }
  /// Where it is in its life.
  public var state: SessionState { fields.state }
  /// Its page in the web app.
  public var url: URL? { address(fields.url) }
  /// When it was created, by the server's clock.
  public var createdAt: Date? { fields.createdAt?.date }
  /// When it last changed, by the server's clock.
  public var updatedAt: Date? { fields.updatedAt?.date }
  /// Milliseconds from its creation to its end; while it goes on, to the last that is known of it.
  public var durationMs: Int { fields.durationMs }
  /// The time from its creation to its end; while it goes on, to the last that is known of it.
  public var duration: Duration { .milliseconds(durationMs) }
  /// What the agent was told to do.
  public var prompt: String { fields.prompt }
  /// Its title.
  public var title: String { fields.title }
  /// The pull request, when it made one.
  public var pr: PullRequest? { fields.pr }
  /// Its activities, in order.
  public var activities: [Activity] { fields.activities }
  /// How many activities there are of each type; types that don't occur are absent.
  public var activityCounts: [ActivityType: Int] {
    Dictionary(uniqueKeysWithValues: fields.activityCounts.map { (ActivityType(rawValue: $0), $1) })
  }
  /// What happened, a line an activity.
  public var timeline: [TimelineEntry] { fields.timeline }
  /// What stands out.
  public var insights: Insights { fields.insights }
  /// The files that its changes create or touch.
  public var generatedFiles: GeneratedFiles { GeneratedFiles(fields.generatedFiles) }

  /// The files that its changes create or touch, with their whole new content, made from the files that the folder has now;
  /// nothing is written.
  ///
  /// - Throws: ``JulesError/patch(_:)`` as for ``ChangeSet/apply(to:)``.
  public func generatedFiles(in folder: URL) throws -> GeneratedFiles {
    try changeSet()?.generatedFiles(in: folder) ?? GeneratedFiles([])
  }

  /// The changes: those among the session's outputs, else the latest among its activities.
  public func changeSet() -> ChangeSet? {
    let json: String? = derivedText { try glue.changeSet() }
    return json.map { json in derived { json } }
  }

  /// The snapshot as JSON, or some of its fields.
  ///
  /// ```swift
  /// let brief = try await session.snapshot().toJSON(exclude: ["activities", "generatedFiles"])
  /// ```
  ///
  /// - Parameters:
  ///   - include: Only these fields, by their names in JSON; all.
  ///   - exclude: Without these.
  /// - Throws: ``JulesError/query(_:)`` when a name is not one of a field; its text says which there are.
  public func toJSON(include: [String]? = nil, exclude: [String] = []) throws -> JSONValue {
    try decoded(direct { try glue.fields(include: include, exclude: exclude) })
  }

  /// The snapshot as a Markdown page: what was asked, the plan, the messages, the commands, the files, and a line for each
  /// activity. Long outputs are shortened.
  public func toMarkdown() -> String { glue.markdown() }

  private let fields: Fields
  private let glue: JulesGlue.Snapshot

  init(_ glue: JulesGlue.Snapshot) throws {
    self.glue = glue
    fields = try decoded(direct { try glue.json() })
  }

  private struct Fields: Sendable, Hashable, Codable {
    let id: String
    let state: SessionState
    let url: String
    let createdAt: Timestamp?
    let updatedAt: Timestamp?
    let durationMs: Int
    let prompt: String
    let title: String
    let pr: PullRequest?
    let activities: [Activity]
    let activityCounts: [String: Int]
    let timeline: [TimelineEntry]
    let insights: Insights
    let generatedFiles: [GeneratedFile]
  }
}

extension Snapshot: Hashable, Encodable {
  /// Two snapshots are equal when everything they show is.
  public static func == (one: Snapshot, other: Snapshot) -> Bool { one.fields == other.fields }
  /// Hashes the session and when it last changed.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(fields.id)
    hasher.combine(fields.updatedAt)
  }
  /// Writes the JSON shape that all languages share.
  public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}

/// One line of a ``Snapshot``'s timeline.
public struct TimelineEntry: Sendable, Hashable, Codable {
  /// The activity's type.
  public let type: ActivityType
  /// What happened, in a line.
  public let summary: String

  let timestamp: Timestamp?

  /// A value of your own, for tests and previews.
  public init(type: ActivityType, summary: String, time: Date? = nil) {
    self.type = type
    self.summary = summary
    self.timestamp = time.map(Timestamp.init)
  }

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
    self.failedCommands = failedCommands
  }
}

/// A command that failed.
public struct FailedCommand: Sendable, Hashable, Codable {
  /// The activity that it belongs to.
  public let activityId: String
  /// The command line.
  public let command: String
  /// What it wrote to stdout and stderr.
  public let output: String
  /// How it exited; never 0.
  public let exitCode: Int32

  let timestamp: Timestamp?

  /// A value of your own, for tests and previews.
  public init(activityId: String, command: String, output: String = "", exitCode: Int32, time: Date? = nil) {
    self.activityId = activityId
    self.command = command
    self.output = output
    self.exitCode = exitCode
    self.timestamp = time.map(Timestamp.init)
  }

  /// When that was, by the server's clock.
  public var time: Date? { timestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case activityId, command, output, exitCode
    case timestamp = "time"
  }
}
