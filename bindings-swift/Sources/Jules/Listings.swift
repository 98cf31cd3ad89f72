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

  private let start: @Sendable () -> ChunkIterator<JulesGlue.SessionList>
  private let first: @Sendable (_ timeout: Duration?) async throws -> Page<SessionInfo>

  init(_ open: @escaping @Sendable () throws -> JulesGlue.SessionList) {
    let opening = Opening(open)
    start = { ChunkIterator(opening.take()) }
    first = { @Sendable timeout in
      let list = try opening.take().get()
      return try decoded(
        await waiting { token in try await list.page(timeout: timeout?.nanoseconds, cancel: token) })
    }
  }

  /// A list of your own, for tests and previews: it gives these sessions, then it ends, or throws this error.
  public init(_ sessions: [SessionInfo], error: (any Error)? = nil) {
    start = { ChunkIterator(sessions, error: error) }
    first = { @Sendable _ in
      if let error { throw error }
      return Page(items: sessions)
    }
  }

  /// The first page only.
  ///
  /// API: `sessions.list`, once.
  public func page(timeout: Duration? = nil) async throws -> Page<SessionInfo> {
    try await first(timeout)
  }

  /// Begins a loop, at the first page.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: start())
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

  private let start: @Sendable () -> ChunkIterator<JulesGlue.SourceList>
  private let first: @Sendable (_ timeout: Duration?) async throws -> Page<Source>

  init(_ open: @escaping @Sendable () throws -> JulesGlue.SourceList) {
    let opening = Opening(open)
    start = { ChunkIterator(opening.take()) }
    first = { @Sendable timeout in
      let list = try opening.take().get()
      return try decoded(
        await waiting { token in try await list.page(timeout: timeout?.nanoseconds, cancel: token) })
    }
  }

  /// A list of your own, for tests and previews: it gives these sources, then it ends, or throws this error.
  public init(_ sources: [Source], error: (any Error)? = nil) {
    start = { ChunkIterator(sources, error: error) }
    first = { @Sendable _ in
      if let error { throw error }
      return Page(items: sources)
    }
  }

  /// The first page only.
  ///
  /// API: `sources.list`, once.
  public func page(timeout: Duration? = nil) async throws -> Page<Source> {
    try await first(timeout)
  }

  /// Begins a loop, at the first page.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: start())
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
  /// The form in which options of listings cross the boundary.
  init(filter: String? = nil, pageSize: Int? = nil, limit: Int? = nil, pageToken: String? = nil) throws {
    self.init(
      filter: filter, pageSize: try whole(pageSize, "pageSize") as UInt32?,
      limit: try whole(limit, "limit") as UInt64?, pageToken: pageToken)
  }
}
