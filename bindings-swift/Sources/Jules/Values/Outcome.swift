// How a session ended, and what it left.

import Foundation

/// How a session ended. A failed session is an outcome too, not an error.
public struct Outcome: Sendable, Hashable, Codable {
  /// Which session.
  public let sessionId: String
  /// Its title.
  public let title: String
  /// ``SessionState/completed`` or ``SessionState/failed``.
  public let state: SessionState
  /// The pull request, when it made one.
  public let pullRequest: PullRequest?
  /// All that came out of it.
  public let outputs: [SessionOutput]
  /// Why it failed, when the agent said so.
  public let failureReason: String?
  /// Milliseconds from its creation to its end, by the server's clock.
  public let durationMs: Int
  /// How many sessions it took: more than one where failed ones were started again.
  public let attempts: Int
  /// All of them in their order; the last is ``sessionId``.
  public let sessionIds: [String]

  let urlText: String

  /// The latest changes among the activities, for a session whose outputs have none.
  var latestChangeSet: ChangeSet?

  /// A value of your own, for tests and previews.
  public init(
    sessionId: String,
    state: SessionState,
    title: String = "",
    pullRequest: PullRequest? = nil,
    outputs: [SessionOutput] = [],
    failureReason: String? = nil,
    url: URL? = nil,
    duration: Duration = .zero,
    sessionIds: [String]? = nil
  ) {
    self.sessionId = sessionId
    self.state = state
    self.title = title
    self.pullRequest = pullRequest
    self.outputs = outputs
    self.failureReason = failureReason
    urlText = url?.absoluteString ?? ""
    self.sessionIds = sessionIds ?? [sessionId]
    attempts = self.sessionIds.count
    let (seconds, attoseconds) = duration.components
    durationMs = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }

  /// Reads an outcome from JSON, also from an earlier version's, which doesn't say which sessions it took.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    sessionId = try fields.decode(String.self, forKey: .sessionId)
    title = try fields.decode(String.self, forKey: .title)
    state = try fields.decode(SessionState.self, forKey: .state)
    pullRequest = try fields.decodeIfPresent(PullRequest.self, forKey: .pullRequest)
    outputs = try fields.decode([SessionOutput].self, forKey: .outputs)
    failureReason = try fields.decodeIfPresent(String.self, forKey: .failureReason)
    durationMs = try fields.decode(Int.self, forKey: .durationMs)
    sessionIds = try fields.decodeIfPresent([String].self, forKey: .sessionIds) ?? [sessionId]
    attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts) ?? sessionIds.count
    urlText = try fields.decode(String.self, forKey: .urlText)
  }

  /// The session's page in the web app.
  public var url: URL? { address(urlText) }

  /// The time from its creation to its end, by the server's clock.
  public var duration: Duration { .milliseconds(durationMs) }

  /// The changes: those among the outputs, else the latest among the activities.
  public func changeSet() -> ChangeSet? {
    for case .changeSet(let changes) in outputs { return changes }
    return latestChangeSet
  }

  /// The files that the changes create or touch.
  public func generatedFiles() -> GeneratedFiles {
    changeSet()?.generatedFiles() ?? GeneratedFiles([])
  }

  /// The files that the changes create or touch, with their whole new content, made from the files that the folder has
  /// now; nothing is written.
  ///
  /// - Throws: ``JulesError/patch(_:)`` as for ``ChangeSet/apply(to:)``.
  public func generatedFiles(in folder: URL) throws -> GeneratedFiles {
    try changeSet()?.generatedFiles(in: folder) ?? GeneratedFiles([])
  }

  private enum CodingKeys: String, CodingKey {
    case sessionId, title, state, pullRequest, outputs, failureReason, durationMs, attempts, sessionIds
    case latestChangeSet
    case urlText = "url"
  }
}
