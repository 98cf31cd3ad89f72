// What a session can work on.

/// Something a session can work on, as a rule a GitHub repository.
public struct Source: Sendable, Hashable, Identifiable {
  /// The resource name, `sources/github/owner/repo`.
  public let name: String
  /// The name without `sources/`.
  public let id: String
  /// What it is.
  public let kind: Kind

  /// What a ``Source`` is.
  public enum Kind: Sendable, Hashable {
    /// A GitHub repository.
    case githubRepo(GitHubRepo)
    /// A kind that this version doesn't know: the source as the server sent it.
    case unknown(raw: JSONValue)
  }

  /// A value of your own, for tests and previews.
  public init(name: String, id: String, kind: Kind) {
    self.name = name
    self.id = id
    self.kind = kind
  }

  /// The repository, when it is one.
  public var githubRepo: GitHubRepo? {
    if case .githubRepo(let repo) = kind { repo } else { nil }
  }
}

/// A repository on GitHub.
public struct GitHubRepo: Sendable, Hashable, Codable {
  /// The owner.
  public let owner: String
  /// Its name.
  public let repo: String
  /// Whether it is private.
  public let isPrivate: Bool
  /// The default branch.
  public let defaultBranch: String?
  /// The names of its branches.
  public let branches: [String]

  /// A value of your own, for tests and previews.
  public init(
    owner: String,
    repo: String,
    isPrivate: Bool = false,
    defaultBranch: String? = nil,
    branches: [String] = []
  ) {
    self.owner = owner
    self.repo = repo
    self.isPrivate = isPrivate
    self.defaultBranch = defaultBranch
    self.branches = branches
  }
}

extension Source: Codable {
  private enum CodingKeys: String, CodingKey { case name, id, type, githubRepo, raw }

  /// Reads the JSON shape that all languages share.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    id = try fields.decode(String.self, forKey: .id)
    kind =
      switch try fields.decode(String.self, forKey: .type) {
      case "githubRepo": .githubRepo(try fields.decode(GitHubRepo.self, forKey: .githubRepo))
      default: .unknown(raw: try fields.decode(JSONValue.self, forKey: .raw))
      }
  }

  /// Writes the JSON shape that all languages share.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(id, forKey: .id)
    switch kind {
    case .githubRepo(let repo):
      try fields.encode("githubRepo", forKey: .type)
      try fields.encode(repo, forKey: .githubRepo)
    case .unknown(let raw):
      try fields.encode("unknown", forKey: .type)
      try fields.encode(raw, forKey: .raw)
    }
  }
}
