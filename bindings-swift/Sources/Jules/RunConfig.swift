// What a session is to do.

internal import JulesGlue

/// What a session is to do, as one value.
public struct RunConfig: Sendable, Hashable, Codable {
  // surface: fields RunConfig
  /// What the agent should do.
  public var prompt: String
  /// The repository it works on. Default: none; the agent begins with an empty directory.
  public var source: GitHubSource?
  /// A title. Default: the server chooses one.
  public var title: String?
  /// Whether plans wait for approval. Default: `run` no, `createSession` yes.
  public var requireApproval: Bool?
  /// Whether a pull request is created at the end. Default: `run` yes, `createSession` no.
  public var autoPR: Bool?
  /// How long to wait when all session slots of the plan are taken; then it fails with the same error as without
  /// waiting. It doesn't wait for the limit of 24 hours, which frees nothing for hours. Default: `run` and
  /// `createSession` don't wait, `all` waits as long as it takes.
  public var waitForSlot: SlotWait?
  /// For `run`, `all` and tasks: gives up waiting with ``JulesError/timeout(_:)`` when the session has shown nothing
  /// new for that long: no activity and no change of state. Time in the queue, or waiting for a person, doesn't count.
  /// Default: never.
  public var stallTimeout: Duration?
  /// For `run` and `all`: how often a session that failed for a reason of the service's own is restarted; the outcome
  /// then has all `sessionIDs`. Default: 0.
  public var retryFailed: Int?
  /// Whether the agent gets the environment variables that are set up for the source. Default: the service decides.
  public var environmentVariables: Bool?
  /// A key for the request, 1 to 256 characters: the same key means the same session and the same outcome, in every
  /// process and on every machine that shares the cache, also when one of them is killed in the middle of the create.
  /// The request must be the same then, or it is a ``JulesError/config(_:)`` error with the `field` that differs.
  /// Default: none; each call is a session.
  public var key: String?
  // surface: end

  /// What is left out is absent.
  public init(
    // surface: parameters RunConfig last
    prompt: String,
    source: GitHubSource? = nil,
    title: String? = nil,
    requireApproval: Bool? = nil,
    autoPR: Bool? = nil,
    waitForSlot: SlotWait? = nil,
    stallTimeout: Duration? = nil,
    retryFailed: Int? = nil,
    environmentVariables: Bool? = nil,
    key: String? = nil
      // surface: end
  ) {
    // surface: assign RunConfig self
    self.prompt = prompt
    self.source = source
    self.title = title
    self.requireApproval = requireApproval
    self.autoPR = autoPR
    self.waitForSlot = waitForSlot
    self.stallTimeout = stallTimeout
    self.retryFailed = retryFailed
    self.environmentVariables = environmentVariables
    self.key = key
    // surface: end
  }
}

/// How long a create may wait for a slot when the plan is full.
public enum SlotWait: Sendable, Hashable, Codable {
  /// Until there is one.
  case forever
  /// This long; then the create fails with the limit's error.
  case atMost(Duration)
}

/// A repository on GitHub to work on.
public struct GitHubSource: Sendable, Hashable, Codable {
  /// `owner/repo`.
  public var repo: String
  /// The branch to start from; absent, the repository's default branch.
  public var branch: String?

  private enum CodingKeys: String, CodingKey {
    case repo = "github"
    case branch
  }

  /// `.github("owner/repo", branch: "main")`
  public static func github(_ repo: String, branch: String? = nil) -> Self {
    Self(repo: repo, branch: branch)
  }
}

extension RunConfig {
  /// The form in which it crosses the boundary.
  func wire() throws -> JulesGlue.RunConfig {
    JulesGlue.RunConfig(
      // surface: wire RunConfig last
      prompt: prompt,
      source: source.map(\.wire),
      title: title,
      requireApproval: requireApproval,
      autoPr: autoPR,
      waitForSlot: waitForSlot.map(\.wire),
      stallTimeout: stallTimeout?.nanoseconds,
      retryFailed: try whole(retryFailed, "retryFailed"),
      environmentVariables: environmentVariables,
      key: key
        // surface: end
    )
  }
}

extension GitHubSource {
  fileprivate var wire: JulesGlue.GitHubSource { JulesGlue.GitHubSource(repo: repo, branch: branch) }
}

extension SlotWait {
  fileprivate var wire: JulesGlue.SlotWait {
    switch self {
    case .forever: .forever
    case .atMost(let time): .atMost(time: time.nanoseconds)
    }
  }
}
