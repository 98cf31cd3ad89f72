// The sequence of activities.

internal import JulesGlue

/// Activities as they come. It pulls: nothing is read ahead further than one chunk, and the work behind it stops when
/// the loop is left. Ends cleanly; after an error, too, it has ended.
///
/// Each loop over it is a separate stream, from the start.
public struct ActivityStream: AsyncSequence, Sendable {
  /// What it gives: one activity after another.
  public typealias Element = Activity

  private let start: @Sendable () -> ChunkIterator<JulesGlue.ActivityStream>

  init(_ open: @escaping @Sendable () throws -> JulesGlue.ActivityStream) {
    let opening = Opening(open)
    start = { ChunkIterator(opening.take()) }
  }

  /// A stream of your own, for tests and previews: it gives these activities, then it ends, or throws this error.
  public init(_ activities: [Activity], error: (any Error)? = nil) {
    start = { ChunkIterator(activities, error: error) }
  }

  /// Begins a loop: a separate stream, from the start.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: start())
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
