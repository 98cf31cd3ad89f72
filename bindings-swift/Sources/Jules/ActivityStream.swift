// The sequences: activities, sessions, sources.

internal import JulesGlue

/// Activities as they come. It pulls: nothing is read ahead further than one chunk, and the work behind it stops when
/// the loop is left. Ends cleanly; after an error, too, it has ended.
///
/// Each loop over it is a stream of its own, from the start.
public struct ActivityStream: AsyncSequence, Sendable {
  /// What it gives: one activity after another.
  public typealias Element = Activity

  private let opening: Opening<JulesGlue.ActivityStream>

  init(_ open: @escaping @Sendable () throws -> JulesGlue.ActivityStream) {
    opening = Opening(open)
  }

  /// Begins a loop: a stream of its own, from the start.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: ChunkIterator(opening.take()))
  }

  /// Hands out the activities one by one.
  public struct Iterator: AsyncIteratorProtocol {
    var chunks: ChunkIterator<JulesGlue.ActivityStream>

    /// The next activity; `nil` at the end.
    ///
    /// - Throws: ``JulesError``, or `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Activity? {
      try await chunks.next(isolation: actor)
    }

    /// The next activity; `nil` at the end.
    public mutating func next() async throws -> Activity? {
      try await chunks.next(isolation: nil)
    }
  }
}
