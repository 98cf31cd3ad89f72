// What a session is to do.

internal import JulesGlue

/// What a session is to do, as one value.
public struct RunConfig: Sendable, Hashable, Codable {
  /// What the agent is to do.
  public var prompt: String
  /// The repository to work on; without one, the session has none.
  public var source: GitHubSource?
  /// The session's title; else the server makes one.
  public var title: String?
  /// Whether plans wait for an approval; absent, `run` says no and `session` says yes.
  public var requireApproval: Bool?
  /// Whether a pull request is made at the end; absent, `run` says yes and `session` says no.
  public var autoPr: Bool?
  /// How long to wait for a slot when the plan is full; absent, not at all: the error then says which limit it is.
  /// ``Jules/all(_:concurrency:stopOnError:delay:onProgress:config:)`` waits anyway.
  public var waitForSlot: SlotWait?
  /// When to give up a session that shows nothing new: no activity and no other state. Time in the queue, or waiting for
  /// a person, does not count; absent, never.
  public var stallTimeout: Duration?
  /// How often a session that failed for a reason of the service's is started again; absent, never.
  public var retryFailed: Int?
  /// Whether the agent gets the environment variables that are set up for the source; absent, as the service has it.
  public var environmentVariables: Bool?
  /// A name of your own for what is asked, 1 to 256 characters: the same key is the same session and gives the same outcome, in
  /// every process and on every machine that shares the store (``Jules/Cache``), also when one of them is killed in the middle
  /// of the create. What is asked must be the same then, else it is a ``JulesError/config(_:)`` with the `field` that differs:
  /// prompt, source, branch, title, approval, pull request and environment variables. Absent, each call is a session.
  public var key: String?

  /// What is left out is absent.
  public init(
    prompt: String,
    source: GitHubSource? = nil,
    title: String? = nil,
    requireApproval: Bool? = nil,
    autoPr: Bool? = nil,
    waitForSlot: SlotWait? = nil,
    stallTimeout: Duration? = nil,
    retryFailed: Int? = nil,
    environmentVariables: Bool? = nil,
    key: String? = nil
  ) {
    self.prompt = prompt
    self.source = source
    self.title = title
    self.requireApproval = requireApproval
    self.autoPr = autoPr
    self.waitForSlot = waitForSlot
    self.stallTimeout = stallTimeout
    self.retryFailed = retryFailed
    self.environmentVariables = environmentVariables
    self.key = key
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
  var wire: JulesGlue.RunConfig {
    JulesGlue.RunConfig(
      prompt: prompt,
      source: source.map { JulesGlue.GitHubSource(repo: $0.repo, branch: $0.branch) },
      title: title,
      requireApproval: requireApproval,
      autoPr: autoPr,
      waitForSlot: waitForSlot.map(\.wire),
      stallTimeout: stallTimeout?.nanoseconds,
      retryFailed: retryFailed.map { UInt32(clamping: $0) },
      environmentVariables: environmentVariables,
      key: key)
  }
}

extension SlotWait {
  fileprivate var wire: JulesGlue.SlotWait {
    switch self {
    case .forever: .forever
    case .atMost(let time): .atMost(time: time.nanoseconds)
    }
  }
}
