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

  /// What is left out is absent.
  public init(
    prompt: String,
    source: GitHubSource? = nil,
    title: String? = nil,
    requireApproval: Bool? = nil,
    autoPr: Bool? = nil
  ) {
    self.prompt = prompt
    self.source = source
    self.title = title
    self.requireApproval = requireApproval
    self.autoPr = autoPr
  }
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
      autoPr: autoPr)
  }
}
