// A picture or other file that came with an activity.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A picture or other file.
public struct Media: Sendable, Hashable, Codable {
  /// The content, in base64 as it came. ``bytes()`` decodes it.
  public let data: String
  /// The MIME type, such as `image/png`.
  public let format: String

  /// A value of your own, for tests and previews; `data` is base64.
  public init(data: String, format: String) {
    self.data = data
    self.format = format
  }

  /// The content itself.
  ///
  /// - Throws: ``JulesError/decode(_:)`` when the server's base64 is broken.
  public func bytes() throws -> Data {
    try direct { try mediaBytes(base64: data) }
  }

  /// Writes the content to a file, replacing what is there.
  ///
  /// - Throws: ``JulesError/decode(_:)`` as for ``bytes()``; ``JulesError/store(_:)`` when the file can't be written.
  public func save(to file: URL) throws {
    try save(file.path)
  }

  /// Writes the content to the file at a path, replacing what is there.
  public func save(_ path: String) throws {
    try direct { try saveMedia(base64: data, path: path) }
  }

  /// Writes the content to a file, as the other form does, without blocking a thread of yours.
  public func save(to file: URL) async throws {
    try await waiting { token in try await saveMediaAside(base64: data, path: file.path, cancel: token) }
  }

  /// A `data:` URL that a browser shows; `nil` where the type can't stand in a URL.
  public var dataURL: URL? {
    URL(string: mediaUrl(base64: data, format: format))
  }
}
