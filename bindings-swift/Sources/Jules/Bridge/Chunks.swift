// What all sequences share: they pull chunks, one call each, and hand out the items one by one.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A stream in Rust that can be asked for its next items.
protocol ChunkSource: Sendable {
  associatedtype Item: Sendable
  associatedtype Chunk: Sendable
  func nextChunk(max: UInt32, cancel: CancelToken) async throws -> Chunk?
  static func items(of chunk: Chunk) throws -> [Item]
}

extension JulesGlue.ActivityStream: ChunkSource {
  static func items(of chunk: Data) throws -> [Activity] { try [Activity](packed: chunk) }
}
extension JulesGlue.SourceList: ChunkSource {
  static func items(of chunk: String) throws -> [Source] { try decoded(chunk) }
}
extension JulesGlue.SessionList: ChunkSource {
  static func items(of chunk: String) throws -> [SessionInfo] { try decoded(chunk) }
}

extension JulesGlue.TaskList: ChunkSource {
  static func items(of chunk: String) throws -> [QueueTask] { try decoded(chunk) }
}

/// Opens a stream when the sequence is made, for what it promises may count from then ("only what comes after the
/// call"), and hands it to the first iterator. Later iterators get streams of their own.
final class Opening<Source: Sendable>: @unchecked Sendable {
  private let open: @Sendable () throws -> Source
  private let lock = Lock()
  private var first: Result<Source, any Error>?

  init(_ open: @escaping @Sendable () throws -> Source) {
    self.open = open
    first = Result { try open() }
  }

  func take() -> Result<Source, any Error> {
    let kept = lock.withLock {
      defer { first = nil }
      return first
    }
    return kept ?? Result { try open() }
  }
}

/// Hands out the items of one stream. Nothing is asked for before somebody waits for it.
struct ChunkIterator<Source: ChunkSource> {
  /// Enough to make the boundary's cost small, few enough to keep memory flat.
  private static var chunkSize: UInt32 { 256 }

  private var source: Result<Source, any Error>?
  private var ready: [Source.Item] = []
  private var position = 0

  init(_ source: Result<Source, any Error>) {
    self.source = source
  }

  /// These items, then the end or an error.
  init(_ items: [Source.Item], error: (any Error)?) {
    ready = items
    source = error.map { .failure($0) }
  }

  /// The next item; `nil` at the end and ever after, also after an error.
  mutating func next(isolation: isolated (any Actor)?) async throws -> Source.Item? {
    if position < ready.count {
      if Task.isCancelled { throw end(with: CancellationError()) }
      defer { position += 1 }
      return ready[position]
    }
    guard let source else { return nil }
    do {
      let open = try source.get()
      let chunk = try await waiting { token in
        try await open.nextChunk(max: Self.chunkSize, cancel: token)
      }
      guard let chunk else {
        self.source = nil
        return nil
      }
      ready = try Source.items(of: chunk)
      position = 1
      return ready.first
    } catch {
      throw end(with: error)
    }
  }

  /// Lets go of the stream, which stops its work in Rust.
  private mutating func end(with error: any Error) -> any Error {
    source = nil
    ready = []
    position = 0
    return error
  }
}
