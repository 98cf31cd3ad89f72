// A session at one moment, with what can be derived from its activities.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

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
  public var createTime: Date? { fields.createdAt?.date }
  /// When it last changed, by the server's clock.
  public var updateTime: Date? { fields.updatedAt?.date }
  /// Milliseconds from its creation to its end; while it runs, to its last known activity.
  public var durationMs: Int { fields.durationMs }
  /// The time from its creation to its end; while it runs, to its last known activity.
  public var duration: Duration { .milliseconds(durationMs) }
  /// What the agent should do.
  public var prompt: String { fields.prompt }
  /// Its title.
  public var title: String { fields.title }
  /// The pull request, when it made one.
  public var pullRequest: PullRequest? { fields.pr }
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
  /// - Throws: ``JulesError/patch(_:)`` as for `apply(to:)` of a ``ChangeSet``.
  public func generatedFiles(in folder: URL) throws -> GeneratedFiles {
    try changeSet()?.generatedFiles(in: folder) ?? GeneratedFiles([])
  }

  /// The files with their whole new content, as the other form gives them, without blocking a thread of yours.
  public func generatedFiles(in folder: URL) async throws -> GeneratedFiles {
    try await changeSet()?.generatedFiles(in: folder) ?? GeneratedFiles([])
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
    var fields: Fields = try decoded(direct { try glue.json() })
    if fields.timeline.count == fields.activities.count {
      for (position, activity) in fields.activities.enumerated() {
        fields.timeline[position].activityID.value = activity.id
      }
    }
    self.fields = fields
  }

  /// A snapshot of your own, for tests and previews: what is derived from a session and its activities is derived from
  /// these.
  ///
  /// - Throws: ``JulesError/decode(_:)`` for values that no session has, such as a number beyond JSON's.
  public init(_ info: SessionInfo) throws {
    let json = String(decoding: try JSONEncoder().encode(info), as: UTF8.self)
    try self.init(direct { try JulesGlue.Snapshot.ofSession(text: json) })
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
    var timeline: [TimelineEntry]
    let insights: Insights
    let generatedFiles: [GeneratedFile]
  }
}

extension Snapshot: Hashable, Codable {
  /// Two snapshots are equal when everything they show is.
  public static func == (one: Snapshot, other: Snapshot) -> Bool { one.fields == other.fields }
  /// Hashes the session and when it last changed.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(fields.id)
    hasher.combine(fields.updatedAt)
  }
  /// Writes the JSON shape that all languages share.
  public func encode(to encoder: any Encoder) throws {
    try fields.encode(to: encoder)
    var more = encoder.container(keyedBy: MoreKeys.self)
    try more.encodeIfPresent(changeSet(), forKey: .changeSet)
  }
  /// Reads the JSON shape that all languages share, with the changes where somebody has added them, as ``encode(to:)``
  /// does.
  public init(from decoder: any Decoder) throws {
    let json = try JSONValue(from: decoder).description
    try self.init(direct { try JulesGlue.Snapshot.fromJson(text: json) })
  }

  private enum MoreKeys: CodingKey { case changeSet }
}
