// The files that a session made or changed.

/// The files of an ``Outcome``, in the order of the patch. It is a collection, too.
public struct GeneratedFiles: Sendable, Hashable {
  private let files: [GeneratedFile]

  /// A value of your own, for tests and previews.
  public init(_ files: [GeneratedFile]) {
    self.files = files
  }

  /// All of them.
  public func all() -> [GeneratedFile] { files }

  /// The one at this path.
  public func get(_ path: String) -> GeneratedFile? { files.first { $0.path == path } }

  /// Those that were changed in this way.
  public func filter(_ changeType: ChangeType) -> [GeneratedFile] {
    files.filter { $0.changeType == changeType }
  }
}

extension GeneratedFiles: Codable {
  /// Reads a list of files.
  public init(from decoder: any Decoder) throws { self.init(try [GeneratedFile](from: decoder)) }
  /// Writes a list of files.
  public func encode(to encoder: any Encoder) throws { try files.encode(to: encoder) }
}

extension GeneratedFiles: RandomAccessCollection {
  /// The position of the first file.
  public var startIndex: Int { files.startIndex }
  /// The position behind the last file.
  public var endIndex: Int { files.endIndex }
  /// The file at this position.
  public subscript(position: Int) -> GeneratedFile { files[position] }
}

/// One file that a session made or changed.
public struct GeneratedFile: Sendable, Hashable, Identifiable, Codable {
  /// Its path in the source; of a renamed file the new one.
  public let path: String
  /// What happened to it.
  public let changeType: ChangeType
  /// The whole content of a created file; of any other the lines that were added or, made with a folder, the whole new
  /// content. Empty for a file that isn't text.
  public let content: String
  /// How many lines were added.
  public let additions: Int
  /// How many lines were removed.
  public let deletions: Int

  /// Its path.
  public var id: String { path }

  /// A value of your own, for tests and previews.
  public init(path: String, changeType: ChangeType, content: String = "", additions: Int = 0, deletions: Int = 0) {
    self.path = path
    self.changeType = changeType
    self.content = content
    self.additions = additions
    self.deletions = deletions
  }
}
