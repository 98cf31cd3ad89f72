// How a session ended, and what it left.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How a session ended. A failed session is an outcome too, not an error.
public struct Outcome: Sendable, Hashable, Identifiable, Codable {
  /// Which session.
  public let sessionID: String
  /// Its title.
  public let title: String
  /// ``SessionState/completed`` or ``SessionState/failed``.
  public let state: SessionState
  /// The pull request, when it made one.
  public let pullRequest: PullRequest?
  /// All its outputs.
  public let outputs: [SessionOutput]
  /// Why it failed, when the agent said so.
  public let failureReason: String?
  /// Milliseconds from its creation to its end, by the server's clock.
  public let durationMs: Int
  /// How many sessions it took: more than one where failed ones were started again.
  public let attempts: Int
  /// All of them in their order; the last is ``sessionID``.
  public let sessionIDs: [String]

  let urlText: String

  /// The latest changes among the activities, for a session whose outputs have none.
  var latestChangeSet: ChangeSet?

  /// A value of your own, for tests and previews.
  public init(
    sessionID: String,
    state: SessionState,
    title: String = "",
    pullRequest: PullRequest? = nil,
    outputs: [SessionOutput] = [],
    failureReason: String? = nil,
    url: URL? = nil,
    duration: Duration = .zero,
    sessionIDs: [String]? = nil,
    changeSet: ChangeSet? = nil
  ) {
    self.sessionID = sessionID
    self.state = state
    self.title = title
    self.pullRequest = pullRequest
    self.outputs = outputs
    self.failureReason = failureReason
    urlText = url?.absoluteString ?? ""
    self.sessionIDs = sessionIDs ?? [sessionID]
    attempts = self.sessionIDs.count
    latestChangeSet = changeSet
    let (seconds, attoseconds) = duration.components
    durationMs = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }

  /// Reads an outcome from JSON, also from an earlier version's, which doesn't say which sessions it took.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    sessionID = try fields.decode(String.self, forKey: .sessionID)
    title = try fields.decode(String.self, forKey: .title)
    state = try fields.decode(SessionState.self, forKey: .state)
    pullRequest = try fields.decodeIfPresent(PullRequest.self, forKey: .pullRequest)
    outputs = try fields.decodeIfPresent([SessionOutput].self, forKey: .outputs) ?? []
    failureReason = try fields.decodeIfPresent(String.self, forKey: .failureReason)
    durationMs = try fields.decode(Int.self, forKey: .durationMs)
    sessionIDs = try fields.decodeIfPresent([String].self, forKey: .sessionIDs) ?? [sessionID]
    attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts) ?? sessionIDs.count
    urlText = try fields.decode(String.self, forKey: .urlText)
    latestChangeSet = try fields.decodeIfPresent(ChangeSet.self, forKey: .latestChangeSet)
  }

  /// The id of its session.
  public var id: String { sessionID }

  /// The session's page in the web app.
  public var url: URL? { address(urlText) }

  /// The time from its creation to its end, by the server's clock.
  public var duration: Duration { .milliseconds(durationMs) }

  /// This outcome, when the session has completed; else an error, for programs that want one.
  ///
  /// ```swift
  /// let outcome = try await jules.run(prompt: "Add a changelog", source: .github("octocat/hello-world")).get()
  /// print(outcome.pullRequest?.url as Any)
  /// ```
  ///
  /// - Throws: ``JulesError/sessionEnded(_:_:)``, whose ``SessionEnd/outcome`` it is.
  @discardableResult
  public func get() throws -> Outcome {
    guard state != .completed else { return self }
    let text = failureText(sessionId: sessionID, state: "\(state)", failureReason: failureReason)
    var context = JulesError.Context(message: text)
    context.sessionID = sessionID
    throw JulesError.sessionEnded(context, SessionEnd(reason: .ended, outcome: self))
  }

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
  /// - Throws: ``JulesError/patch(_:)`` as for `apply(to:)` of a ``ChangeSet``.
  public func generatedFiles(in folder: URL) throws -> GeneratedFiles {
    try changeSet()?.generatedFiles(in: folder) ?? GeneratedFiles([])
  }

  /// The files with their whole new content, as the other form gives them, without blocking a thread of yours.
  public func generatedFiles(in folder: URL) async throws -> GeneratedFiles {
    try await changeSet()?.generatedFiles(in: folder) ?? GeneratedFiles([])
  }

  private enum CodingKeys: String, CodingKey {
    case title, state, pullRequest, outputs, failureReason, durationMs, attempts
    case sessionID = "sessionId"
    case sessionIDs = "sessionIds"
    case latestChangeSet
    case urlText = "url"
  }
}
