// Many items, one session each.

internal import JulesGlue

extension Jules {
  /// Runs a session for each item, a few at a time, each until its outcome.
  ///
  /// ```swift
  /// let fixes = jules.all(issues, concurrency: 5) { issue in
  ///   RunConfig(prompt: "Fix \(issue.title)", source: .github("octocat/hello-world", branch: "main"))
  /// }
  /// for try await fix in fixes {
  ///   print(fix.item.title, fix.outcome?.pullRequest?.url as Any)
  /// }
  /// ```
  ///
  /// ``Batch/outcomes()`` gives all outcomes in the order of the items instead, ``Batch/settled()`` a result for each.
  /// Where the account has no free slot for a session, an item waits for one.
  ///
  /// - Parameters:
  ///   - items: What to run a session for; taken as there is room, so it may be long or endless.
  ///   - concurrency: How many sessions may run at once; 3.
  ///   - stopOnError: Whether the first item that can't be run ends it. A failed session is an outcome, not an error.
  ///   - delay: The time between two starts; none.
  ///   - onProgress: Called for each step of an item, from whatever thread it happens on; should be quick.
  ///   - config: What the session of an item is to do, with the defaults of ``run(_:timeout:)``. Called for one item at
  ///     a time, when there is room for its session. What it throws is that item's error.
  /// - Returns: A sequence that starts nothing before somebody waits for it. A concurrency below 1 is a
  ///   ``JulesError/config(_:)`` then.
  ///
  /// API: `sessions.create`, then `sessions.get` and `activities.list` until the end, for each item.
  public func all<Items: Sequence & Sendable>(
    _ items: Items,
    concurrency: Int? = nil,
    stopOnError: Bool = true,
    delay: Duration? = nil,
    onProgress: (@Sendable (BatchProgress) -> Void)? = nil,
    config: @escaping @Sendable (Items.Element) async throws -> RunConfig
  ) -> Batch<Items.Element> where Items.Element: Sendable {
    Batch(stopsOnError: stopOnError) { stopOnError in
      let client = try self.client
      let options = AllOptions(
        concurrency: concurrency.map { UInt64(clamping: $0) }, stopOnError: stopOnError, delay: delay?.nanoseconds)
      let batch = try direct { try client.all(options: options, listener: onProgress.map(ProgressRelay.init)) }
      return BatchRun(batch, items: items, config: config)
    }
  }
}
