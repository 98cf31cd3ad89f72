// Asking the cache.

internal import JulesGlue

extension Jules {
  /// What a query finds in the cache: of all sessions that were seen, in milliseconds, without the server.
  ///
  /// ```swift
  /// let failed = try await jules.select(.sessions.filter("state", "failed").limit(10))
  /// ```
  ///
  /// - Throws: ``JulesError/query(_:)`` when the query isn't valid; it names the field or operator, the valid ones, and what
  ///   was probably meant.
  public func select(_ query: Query, timeout: Duration? = nil) async throws -> [QueryRow] {
    try await select(query, as: QueryRow.self, timeout: timeout)
  }

  /// What a query finds in the cache, as values of a type of your own.
  ///
  /// ```swift
  /// struct Work: Decodable {
  ///   let id: String
  ///   let title: String
  ///   let createTime: Date
  /// }
  /// let works = try await jules.select(.sessions.select("id", "title", "createTime"), as: Work.self)
  /// ```
  ///
  /// Times become a `Date` where the type has one. Without `select`, rows have the fields that `Query.select`
  /// tells of; with `select("*")`, rows of sessions are ``SessionInfo`` and rows of activities ``Activity``.
  ///
  /// - Throws: ``JulesError/query(_:)`` as for ``select(_:timeout:)``; ``JulesError/decode(_:)`` when a row isn't of the type.
  public func select<Row: Decodable>(
    _ query: Query, as type: Row.Type, timeout: Duration? = nil
  ) async throws -> [Row] {
    let (client, text) = (try client, try query.wire)
    let json = try await waiting { token in
      try await client.select(query: text, timeout: timeout?.nanoseconds, cancel: token)
    }
    return try rows(json, as: type)
  }
}

extension Activities {
  /// What a query finds among this session's activities in the cache, as ``Jules/Jules/select(_:timeout:)`` does.
  ///
  /// ```swift
  /// let failed = try await session.activities.select(.activities.filter("artifacts.exitCode", .gt(0)).order(.asc))
  /// ```
  public func select(_ query: Query = .activities, timeout: Duration? = nil) async throws -> [QueryRow] {
    try await select(query, as: QueryRow.self, timeout: timeout)
  }

  /// What a query finds among this session's activities, as values of a type of your own, as
  /// ``Jules/Jules/select(_:as:timeout:)`` does.
  public func select<Row: Decodable>(
    _ query: Query = .activities, as type: Row.Type, timeout: Duration? = nil
  ) async throws -> [Row] {
    let text = try query.wire
    let json = try await waiting { [session] token in
      try await session.selectActivities(query: text, timeout: timeout?.nanoseconds, cancel: token)
    }
    return try rows(json, as: type)
  }
}
