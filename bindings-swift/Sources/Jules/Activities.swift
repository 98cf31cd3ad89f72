// A session's activities one by one and page by page.

internal import JulesGlue

/// A session's activities for those who pick: one by id, a page, or all of them into the cache. To follow a
/// session use ``Session/stream(follow:after:types:excludeOriginator:stallTimeout:)``.
public struct Activities: Sendable {
  let session: JulesGlue.Session

  /// One page, oldest first, straight from the server. What it shows of what came before the cache's newest is kept
  /// there too, and so is the first page.
  ///
  /// - Parameters:
  ///   - pageSize: How many activities to ask for, 1 to 100; the server's default is 50.
  ///   - pageToken: Where to start, from an earlier page.
  ///   - filter: The server's filter, such as `create_time>"2025-10-03T05:43:42Z"`.
  ///   - timeout: When to give up; `nil` is never.
  ///
  /// API: `activities.list`.
  public func list(
    pageSize: Int? = nil, pageToken: String? = nil, filter: String? = nil, timeout: Duration? = nil
  ) async throws -> Page<Activity> {
    let options = try ListOptions(filter: filter, pageSize: pageSize, pageToken: pageToken)
    return try decoded(
      await waiting { [session] token in
        try await session.listActivities(options: options, timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// One activity. One that came before the cache's newest is kept there too.
  ///
  /// - Throws: ``JulesError/notFound(_:)`` when there is none of this id.
  ///
  /// API: `activities.get`.
  public func get(_ id: String, timeout: Duration? = nil) async throws -> Activity {
    try decoded(
      await waiting { [session] token in
        try await session.getActivity(id: id, timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// Brings all activities so far into the cache and returns how many were new.
  ///
  /// API: `activities.list`.
  @discardableResult
  public func hydrate(timeout: Duration? = nil) async throws -> Int {
    let new = try await waiting { [session] token in
      try await session.hydrateActivities(timeout: timeout?.nanoseconds, cancel: token)
    }
    return Int(clamping: new)
  }
}
