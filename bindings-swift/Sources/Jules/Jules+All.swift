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
  /// ``Batch/outcomes(timeout:)`` gives all outcomes in the order of the items instead, ``Batch/settled(timeout:)`` a
  /// result for each. Where the account has no free slot for a session, an item waits for one.
  ///
  /// With `until: .created` the results are sessions, as soon as they are created:
  ///
  /// ```swift
  /// for try await fix in jules.all(issues, until: .created, config: { RunConfig(prompt: "Fix \($0.title)") }) {
  ///   guard let session = fix.session else { continue }
  ///   print(fix.item.title, session.id)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - items: What to run a session for; taken as there is room, so it may be long or endless.
  ///   - concurrency: How many sessions may run at once, until their outcome. Default: 3.
  ///   - stopOnError: Whether the first item that can't be run stops new starts. A failed session is an outcome, not an
  ///     error. Default: true.
  ///   - delay: The time between two starts. Default: none.
  ///   - until: What an item's result is: ``BatchEnd/ended``, its outcome; ``BatchEnd/created``, its session as soon as
  ///     that is created. Either way at most `concurrency` sessions are at work. Default: its outcome.
  ///   - onProgress: Called for each step of an item, from whatever thread it happens on; should be quick.
  ///   - config: What the session of an item is to do, with the defaults of ``run(_:timeout:)``. Called for one item at
  ///     a time, when there is room for its session. What it throws is that item's error.
  /// - Returns: A sequence that starts nothing before it is iterated. A concurrency below 1 is a
  ///   ``JulesError/config(_:)`` then.
  ///
  /// API: `sessions.create`, then `sessions.get` and `activities.list` until the end, for each item.
  public func all<Items: Sequence & Sendable, Value>(
    _ items: Items,
    concurrency: Int? = nil,
    stopOnError: Bool = true,
    delay: Duration? = nil,
    until: BatchEnd<Value> = .ended,
    onProgress: (@Sendable (BatchProgress) -> Void)? = nil,
    config: @escaping @Sendable (Items.Element) async throws -> RunConfig
  ) -> Batch<Items.Element, Value> where Items.Element: Sendable {
    let open = pool(concurrency, delay, until, onProgress)
    return Batch(stopsOnError: stopOnError) { stopOnError in
      BatchRun(try open(stopOnError), until: until, of: Items.Element.self) { pool in
        await pool.feed(items, config)
      }
    }
  }

  /// Runs a session for each item that an asynchronous sequence gives, as the form for other sequences does. An item is
  /// taken when there is room for its session; an error of the sequence itself is that of the next item, and the last.
  ///
  /// ```swift
  /// let (prompts, source) = AsyncStream.makeStream(of: String.self)
  /// source.yield("Add a changelog")
  /// source.finish()
  /// let outcomes = try await jules.all(prompts) { RunConfig(prompt: $0) }.outcomes()
  /// ```
  public func all<Items: AsyncSequence & Sendable, Value>(
    _ items: Items,
    concurrency: Int? = nil,
    stopOnError: Bool = true,
    delay: Duration? = nil,
    until: BatchEnd<Value> = .ended,
    onProgress: (@Sendable (BatchProgress) -> Void)? = nil,
    config: @escaping @Sendable (Items.Element) async throws -> RunConfig
  ) -> Batch<Items.Element, Value> where Items.Element: Sendable {
    let open = pool(concurrency, delay, until, onProgress)
    return Batch(stopsOnError: stopOnError) { stopOnError in
      BatchRun(try open(stopOnError), until: until, of: Items.Element.self) { pool in
        await pool.feed(arriving: items, config)
      }
    }
  }

  private func pool<Value>(
    _ concurrency: Int?, _ delay: Duration?, _ until: BatchEnd<Value>,
    _ onProgress: (@Sendable (BatchProgress) -> Void)?
  ) -> @Sendable (_ stopOnError: Bool) throws -> JulesGlue.Batch {
    { stopOnError in
      let client = try self.client
      let options = AllOptions(
        concurrency: try whole(concurrency, "concurrency"), stopOnError: stopOnError, delay: delay?.nanoseconds,
        untilCreated: until.isCreated)
      return try direct { try client.all(options: options, listener: onProgress.map(ProgressRelay.init)) }
    }
  }
}
