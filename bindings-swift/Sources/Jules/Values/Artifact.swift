// What comes with an activity.

/// One piece of data that an activity produced.
public enum Artifact: Sendable, Hashable {
  /// Changes to the source, as a patch.
  case changeSet(ChangeSet)
  /// A command and what it printed.
  case bashOutput(BashOutput)
  /// A picture or other file.
  case media(Media)
  /// A kind that this version doesn't know, as the server sent it.
  case unknown(raw: JSONValue)
}

extension Artifact: Codable {
  private enum CodingKeys: String, CodingKey { case type, raw }

  /// Reads the JSON shape that all languages share.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self =
      switch try fields.decode(String.self, forKey: .type) {
      case "changeSet": .changeSet(try ChangeSet(from: decoder))
      case "bashOutput": .bashOutput(try BashOutput(from: decoder))
      case "media": .media(try Media(from: decoder))
      default: .unknown(raw: try fields.decode(JSONValue.self, forKey: .raw))
      }
  }

  /// Writes the JSON shape that all languages share.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .changeSet(let changes):
      try fields.encode("changeSet", forKey: .type)
      try changes.encode(to: encoder)
    case .bashOutput(let output):
      try fields.encode("bashOutput", forKey: .type)
      try output.encode(to: encoder)
    case .media(let media):
      try fields.encode("media", forKey: .type)
      try media.encode(to: encoder)
    case .unknown(let raw):
      try fields.encode("unknown", forKey: .type)
      try fields.encode(raw, forKey: .raw)
    }
  }
}
