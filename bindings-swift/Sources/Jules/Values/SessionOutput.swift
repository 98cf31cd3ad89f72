// What came out of a session.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One thing that came out of a session.
public enum SessionOutput: Sendable, Hashable {
  /// A pull request.
  case pullRequest(PullRequest)
  /// Changes that are not in a pull request.
  case changeSet(ChangeSet)
  /// A kind that this version doesn't know, as the server sent it.
  case unknown(raw: JSONValue)
}

extension SessionOutput: Codable {
  private enum CodingKeys: String, CodingKey { case type, pullRequest, changeSet, raw }

  /// Reads the JSON shape that all languages share.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self =
      switch try fields.decode(String.self, forKey: .type) {
      case "pullRequest": .pullRequest(try fields.decode(PullRequest.self, forKey: .pullRequest))
      case "changeSet": .changeSet(try fields.decode(ChangeSet.self, forKey: .changeSet))
      default: .unknown(raw: try fields.decode(JSONValue.self, forKey: .raw))
      }
  }

  /// Writes the JSON shape that all languages share.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .pullRequest(let pullRequest):
      try fields.encode("pullRequest", forKey: .type)
      try fields.encode(pullRequest, forKey: .pullRequest)
    case .changeSet(let changes):
      try fields.encode("changeSet", forKey: .type)
      try fields.encode(changes, forKey: .changeSet)
    case .unknown(let raw):
      try fields.encode("unknown", forKey: .type)
      try fields.encode(raw, forKey: .raw)
    }
  }
}

/// A pull request that a session made.
public struct PullRequest: Sendable, Hashable, Identifiable, Codable {
  /// Its title.
  public let title: String
  /// Its description.
  public let description: String
  /// The branch it would be merged into.
  public let baseRef: String?
  /// The branch it comes from.
  public let headRef: String?
  /// Its number, taken from the URL.
  public let number: Int?

  let urlText: String

  /// A value of your own, for tests and previews.
  public init(
    url: URL?,
    title: String = "",
    description: String = "",
    baseRef: String? = nil,
    headRef: String? = nil,
    number: Int? = nil
  ) {
    urlText = url?.absoluteString ?? ""
    self.title = title
    self.description = description
    self.baseRef = baseRef
    self.headRef = headRef
    self.number = number
  }

  /// Its page's address.
  public var id: String { urlText }

  /// Its page.
  public var url: URL? { address(urlText) }

  private enum CodingKeys: String, CodingKey {
    case title, description, baseRef, headRef, number
    case urlText = "url"
  }
}
