// Changes to a source, and the files they touch.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Changes to a source, as a patch.
public struct ChangeSet: Sendable, Hashable, Codable {
  /// The source's name, `sources/github/owner/repo`.
  public let source: String
  /// The patch.
  public let gitPatch: GitPatch

  /// A value of your own, for tests and previews.
  public init(source: String = "", gitPatch: GitPatch) {
    self.source = source
    self.gitPatch = gitPatch
  }

  /// The patch taken apart: which files it touches and how.
  public func parsed() -> ParsedPatch {
    derived { try parsedPatch(unidiff: gitPatch.unidiffPatch) }
  }

  /// Applies the changes to a checkout, all or nothing.
  ///
  /// ```swift
  /// let checkout = URL(fileURLWithPath: "hello-world", isDirectory: true)
  /// if let changes = try await session.result().changeSet() {
  ///   print(try await changes.apply(to: checkout).summary.totalFiles)
  /// }
  /// ```
  ///
  /// The result is that of `git apply`: hunks may have moved by lines, but their lines must be there exactly. Only files are
  /// touched, no index and no commit. Blocks while it works on files.
  ///
  /// - Returns: What was done, file by file.
  /// - Throws: ``JulesError/patch(_:)``, with ``JulesError/Context/file`` and ``JulesError/Context/hunk`` where they are
  ///   known: when the files are not those that the changes were made for, when the changes are already applied, when a path
  ///   leads out of the folder or into `.git`, and when a file can't be read or written.
  @discardableResult
  public func apply(to folder: URL) throws -> ParsedPatch {
    let json = try direct {
      try applyPatch(unidiff: gitPatch.unidiffPatch, base: gitPatch.baseCommitID, directory: folder.path)
    }
    return try decoded(json)
  }

  /// Applies the changes to a checkout, as the other form does, without blocking a thread of yours.
  ///
  /// Where the task is cancelled meanwhile, it throws `CancellationError`, and what was begun is finished: never is half
  /// of it there.
  @discardableResult
  public func apply(to folder: URL) async throws -> ParsedPatch {
    try decoded(
      await waiting { token in
        try await applyPatchAside(
          unidiff: gitPatch.unidiffPatch, base: gitPatch.baseCommitID, directory: folder.path, cancel: token)
      })
  }

  /// The files that the changes create or touch: of a created file the whole content, of any other the added lines.
  public func generatedFiles() -> GeneratedFiles {
    GeneratedFiles(
      derived {
        try JulesGlue.generatedFiles(unidiff: gitPatch.unidiffPatch, base: gitPatch.baseCommitID, directory: nil)
      })
  }

  /// The files that the changes create or touch, with their whole new content, made from the files that the folder has
  /// now; nothing is written. A folder that has the changes already does as well.
  ///
  /// - Throws: ``JulesError/patch(_:)`` as for `apply(to:)`.
  public func generatedFiles(in folder: URL) throws -> GeneratedFiles {
    let json = try direct {
      try JulesGlue.generatedFiles(
        unidiff: gitPatch.unidiffPatch, base: gitPatch.baseCommitID, directory: folder.path)
    }
    return GeneratedFiles(try decoded(json))
  }

  /// The files with their whole new content, as the other form gives them, without blocking a thread of yours.
  public func generatedFiles(in folder: URL) async throws -> GeneratedFiles {
    GeneratedFiles(
      try decoded(
        await waiting { token in
          try await generatedFilesAside(
            unidiff: gitPatch.unidiffPatch, base: gitPatch.baseCommitID, directory: folder.path, cancel: token)
        }))
  }
}

/// A patch as git writes it.
public struct GitPatch: Sendable, Hashable, Codable {
  /// The unified diff; may be empty, may be huge.
  public let unidiffPatch: String
  /// The commit that the patch applies to.
  public let baseCommitID: String
  /// A commit message that the agent proposes.
  public let suggestedCommitMessage: String

  /// A value of your own, for tests and previews.
  public init(unidiffPatch: String, baseCommitID: String = "", suggestedCommitMessage: String = "") {
    self.unidiffPatch = unidiffPatch
    self.baseCommitID = baseCommitID
    self.suggestedCommitMessage = suggestedCommitMessage
  }

  private enum CodingKeys: String, CodingKey {
    case unidiffPatch, suggestedCommitMessage
    case baseCommitID = "baseCommitId"
  }
}

/// What a patch does, file by file.
public struct ParsedPatch: Sendable, Hashable, Codable {
  /// The files, in the order of the patch.
  public let files: [FileChange]
  /// How many files change, and how.
  public let summary: Summary

  /// A value of your own, for tests and previews; the files are counted.
  public init(files: [FileChange]) {
    self.files = files
    let count = { (type: ChangeType) in files.count { $0.changeType == type } }
    summary = Summary(
      totalFiles: files.count, created: count(.created), modified: count(.modified), deleted: count(.deleted),
      renamed: count(.renamed))
  }

  /// What happens to one file.
  public struct FileChange: Sendable, Hashable, Identifiable, Codable {
    /// Its path in the source; of a renamed file the new one.
    public let path: String
    /// The path it had, when it was renamed.
    public let oldPath: String?
    /// Its mode before, such as `"100644"`, where the patch names it.
    public let oldMode: String?
    /// Its mode afterwards, such as `"100755"`, where the patch names it.
    public let newMode: String?
    /// What happens to it.
    public let changeType: ChangeType
    /// Whether it isn't text.
    public let isBinary: Bool
    /// How many lines are added.
    public let additions: Int
    /// How many lines are removed.
    public let deletions: Int

    /// A value of your own, for tests and previews.
    public init(
      path: String,
      changeType: ChangeType,
      oldPath: String? = nil,
      oldMode: String? = nil,
      newMode: String? = nil,
      isBinary: Bool = false,
      additions: Int = 0,
      deletions: Int = 0
    ) {
      self.path = path
      self.changeType = changeType
      self.oldPath = oldPath
      self.oldMode = oldMode
      self.newMode = newMode
      self.isBinary = isBinary
      self.additions = additions
      self.deletions = deletions
    }

    /// Its path.
    public var id: String { path }

    private enum CodingKeys: String, CodingKey {
      case path, oldPath, oldMode, newMode, changeType, additions, deletions
      case isBinary = "binary"
    }
  }

  /// How many files change, and how.
  public struct Summary: Sendable, Hashable, Codable {
    /// All files of the patch.
    public let totalFiles: Int
    /// Those it creates.
    public let created: Int
    /// Those it changes.
    public let modified: Int
    /// Those it removes.
    public let deleted: Int
    /// Those it renames.
    public let renamed: Int

    /// A value of your own, for tests and previews.
    public init(totalFiles: Int = 0, created: Int = 0, modified: Int = 0, deleted: Int = 0, renamed: Int = 0) {
      self.totalFiles = totalFiles
      self.created = created
      self.modified = modified
      self.deleted = deleted
      self.renamed = renamed
    }
  }
}

/// What happens to a file.
public enum ChangeType: String, Sendable, Hashable, Codable, CaseIterable {
  // surface: cases ChangeType
  /// It is new.
  case created
  /// It was modified.
  case modified
  /// It is gone.
  case deleted
  /// It has another path.
  case renamed
  // surface: end
}
