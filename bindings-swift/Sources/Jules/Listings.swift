// The listings: sequences that ask for further pages as they are needed.

internal import JulesGlue

/// The account's sessions, newest first, from ``Jules/sessions(pageSize:limit:filter:pageToken:)``.
///
/// ```swift
/// for try await info in jules.sessions(limit: 10) { print(info.title, info.state) }
/// ```
public struct SessionList: AsyncSequence, Sendable {
  /// What it gives: one session after another.
  public typealias Element = SessionInfo

  private let opening: Opening<JulesGlue.SessionList>

  init(_ open: @escaping @Sendable () throws -> JulesGlue.SessionList) {
    opening = Opening(open)
  }

  /// The first page only.
  ///
  /// API: `sessions.list`, once.
  public func page(timeout: Duration? = nil) async throws -> Page<SessionInfo> {
    let list = try opening.take().get()
    return try decoded(
      await waiting { token in try await list.page(timeout: timeout?.nanoseconds, cancel: token) })
  }

  /// Begins a loop, at the first page.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: ChunkIterator(opening.take()))
  }

  /// Hands out the sessions one by one.
  public struct Iterator: AsyncIteratorProtocol {
    var chunks: ChunkIterator<JulesGlue.SessionList>

    /// The next session; `nil` at the end.
    ///
    /// - Throws: ``JulesError``, or `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> SessionInfo? {
      try await chunks.next(isolation: actor)
    }

    /// The next session; `nil` at the end.
    public mutating func next() async throws -> SessionInfo? {
      try await chunks.next(isolation: nil)
    }
  }
}

/// The sources that Jules has access to, from ``Jules/sources(filter:pageSize:limit:)``.
public struct SourceList: AsyncSequence, Sendable {
  /// What it gives: one source after another.
  public typealias Element = Source

  private let opening: Opening<JulesGlue.SourceList>

  init(_ open: @escaping @Sendable () throws -> JulesGlue.SourceList) {
    opening = Opening(open)
  }

  /// The first page only.
  ///
  /// API: `sources.list`, once.
  public func page(timeout: Duration? = nil) async throws -> Page<Source> {
    let list = try opening.take().get()
    return try decoded(
      await waiting { token in try await list.page(timeout: timeout?.nanoseconds, cancel: token) })
  }

  /// Begins a loop, at the first page.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: ChunkIterator(opening.take()))
  }

  /// Hands out the sources one by one.
  public struct Iterator: AsyncIteratorProtocol {
    var chunks: ChunkIterator<JulesGlue.SourceList>

    /// The next source; `nil` at the end.
    ///
    /// - Throws: ``JulesError``, or `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Source? {
      try await chunks.next(isolation: actor)
    }

    /// The next source; `nil` at the end.
    public mutating func next() async throws -> Source? {
      try await chunks.next(isolation: nil)
    }
  }
}

extension ListOptions {
  /// The form in which options of listings cross the boundary. Numbers that are out of range go as near as they can,
  /// for the core to refuse.
  init(filter: String? = nil, pageSize: Int? = nil, limit: Int? = nil, pageToken: String? = nil) {
    self.init(
      filter: filter,
      pageSize: pageSize.map { UInt32(clamping: $0) },
      limit: limit.map { UInt64(clamping: $0) },
      pageToken: pageToken)
  }
}
