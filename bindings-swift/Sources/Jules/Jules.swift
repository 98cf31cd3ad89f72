// The client: where sessions are made, found and listed.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A client of the Jules API. One is enough for a whole program; it may be shared by any number of tasks.
///
/// ```swift
/// let jules = try Jules()  // the key from JULES_API_KEY
/// let session = try await jules.createSession(
///   prompt: "Fix the flaky test", source: .github("octocat/hello-world", branch: "main"))
/// for try await activity in session.stream() {
///   print(activity.type)
/// }
/// ```
///
/// Every `async` call obeys Task cancellation: it stops the work, not only the waiting, and throws
/// `CancellationError`. Every call that waits takes a `timeout`, by default none beyond the time limits of its
/// requests; when it has passed, the call throws ``JulesError/timeout(_:)``.
public final class Jules: Sendable {
  /// What this client was made with.
  public let options: Options

  private let connected: Result<Client, any Error>

  /// A client with these options; what is left out comes from the environment, else it has its default (see
  /// ``Options``).
  ///
  /// - Throws: ``JulesError/config(_:)`` without a key, or for an invalid option.
  public convenience init(
    // surface: parameters ClientOptions
    apiKey: String? = nil,
    baseURL: URL? = nil,
    pollingInterval: Duration? = nil,
    requestTimeout: Duration? = nil,
    connectTimeout: Duration? = nil,
    retry: Retry = Retry(),
    maxConcurrentRequests: Int? = nil,
    cache: Cache? = nil,
    cacheLimit: Int? = nil,
    account: String? = nil,
    slots: Int? = nil,
    perDay: Int? = nil,
    activityBudget: ActivityBudget? = nil,
    allowsInsecureHTTP: Bool? = nil,
    userAgent: String? = nil,
    ca: String? = nil,
    proxy: String? = nil,
    headers: [String: String]? = nil,
    // surface: end
    logger: Logger? = nil
  ) throws {
    var options = Options()
    // surface: assign ClientOptions options
    options.apiKey = apiKey
    options.baseURL = baseURL
    options.pollingInterval = pollingInterval
    options.requestTimeout = requestTimeout
    options.connectTimeout = connectTimeout
    options.retry = retry
    options.maxConcurrentRequests = maxConcurrentRequests
    options.cache = cache
    options.cacheLimit = cacheLimit
    options.account = account
    options.slots = slots
    options.perDay = perDay
    options.activityBudget = activityBudget
    options.allowsInsecureHTTP = allowsInsecureHTTP
    options.userAgent = userAgent
    options.ca = ca
    options.proxy = proxy
    options.headers = headers
    // surface: end
    options.logger = logger
    try self.init(options: options)
  }

  /// A client with these options.
  ///
  /// - Throws: as the other initializer.
  public convenience init(options: Options) throws {
    self.init(options: options, connected: .success(try Self.connect(options)))
  }

  private init(options: Options, connected: Result<Client, any Error>) {
    self.options = options
    self.connected = connected
  }

  /// A client with everything from the environment, or one that says at its first use why there is none.
  static func fromEnvironment() -> Jules {
    Jules(options: Options(), connected: Result { try connect(Options()) })
  }

  private static func connect(_ options: Options) throws -> Client {
    let wire = try options.wire()
    return try direct { try Client(options: wire, logger: options.logger.map(LogRelay.init)) }
  }

  /// A changed copy. This client stays as it is.
  ///
  /// ```swift
  /// let patient = try jules.with { $0.requestTimeout = .seconds(120) }
  /// ```
  public func with(_ change: (inout Options) throws -> Void) throws -> Jules {
    var options = options
    try change(&options)
    let client = try connected.get()
    let wire = try options.wire()
    let logger = options.logger.map(LogRelay.init)
    return Jules(
      options: options, connected: .success(try direct { try client.changed(options: wire, logger: logger) }))
  }

  /// Stops what this client still does in the background: what waits, and later calls, throw
  /// ``JulesError/closed(_:)``. It may be called twice. A client that nobody holds any more closes by itself.
  public func close() async {
    guard case .success(let client) = connected else { return }
    try? await client.close()
  }

  /// The handle in Rust, or why there is none.
  var client: Client {
    get throws { try connected.get() }
  }
}

// MARK: - Sessions

extension Jules {
  /// Runs a session to its end and returns how it ended: completed or failed (a failed session is an outcome, not an
  /// error).
  ///
  /// - Parameters:
  ///   - prompt: What the agent should do.
  ///   - source: The repository it works on. Default: none; the agent begins with an empty directory.
  ///   - title: A title. Default: the server chooses one.
  ///   - requireApproval: Whether plans wait for approval. Default: false.
  ///   - autoPR: Whether a pull request is created at the end. Default: true.
  ///   - waitForSlot: How long to wait when all session slots of the plan are taken; then it fails with the same error
  ///     as without waiting. It doesn't wait for the limit of 24 hours, which frees nothing for hours. Default: `run`
  ///     and `createSession` don't wait, `all` waits as long as it takes.
  ///   - stallTimeout: For `run`, `all` and tasks: gives up waiting with ``JulesError/timeout(_:)`` when the session
  ///     has shown nothing new for that long: no activity and no change of state. Time in the queue, or waiting for a
  ///     person, doesn't count. Default: never.
  ///   - retryFailed: For `run` and `all`: how often a session that failed for a reason of the service's own is
  ///     restarted; the outcome then has all `sessionIDs`. Default: 0.
  ///   - environmentVariables: Whether the agent gets the environment variables that are set up for the source.
  ///     Default: the service decides.
  ///   - key: A key for the request, 1 to 256 characters: the same key means the same session and the same outcome, in
  ///     every process and on every machine that shares the cache, also when one of them is killed in the middle of the
  ///     create. The request must be the same then, or it is a ``JulesError/config(_:)`` error with the `field` that
  ///     differs. Default: none; each call is a session.
  ///   - timeout: When to give up waiting; `nil` is never. The session keeps running on the server.
  /// - Throws: ``JulesError``, or `CancellationError` when the task is cancelled, which also stops the watching.
  ///
  /// API: `sessions.create`, then `sessions.get` and `activities.list` until the end.
  public func run(
    // surface: parameters RunConfig run
    prompt: String,
    source: GitHubSource? = nil,
    title: String? = nil,
    requireApproval: Bool? = nil,
    autoPR: Bool? = nil,
    waitForSlot: SlotWait? = nil,
    stallTimeout: Duration? = nil,
    retryFailed: Int? = nil,
    environmentVariables: Bool? = nil,
    key: String? = nil,
    // surface: end
    timeout: Duration? = nil
  ) async throws -> Outcome {
    let config = RunConfig(
      // surface: forward RunConfig last
      prompt: prompt,
      source: source,
      title: title,
      requireApproval: requireApproval,
      autoPR: autoPR,
      waitForSlot: waitForSlot,
      stallTimeout: stallTimeout,
      retryFailed: retryFailed,
      environmentVariables: environmentVariables,
      key: key
        // surface: end
    )
    return try await run(config, timeout: timeout)
  }

  /// Runs a session to its end, as the other form does, with what it is to do as one value.
  public func run(_ config: RunConfig, timeout: Duration? = nil) async throws -> Outcome {
    try await start(config).outcome(timeout: timeout)
  }

  /// Starts a session at once and returns the ``Run`` to follow and await it by. The defaults are those of
  /// ``run(_:timeout:)``.
  ///
  /// ```swift
  /// let run = jules.start(prompt: "Add a changelog", source: .github("octocat/hello-world"))
  /// for try await activity in run.stream() { print(activity.type) }
  /// let outcome = try await run.outcome()
  /// ```
  public func start(
    // surface: parameters RunConfig last
    prompt: String,
    source: GitHubSource? = nil,
    title: String? = nil,
    requireApproval: Bool? = nil,
    autoPR: Bool? = nil,
    waitForSlot: SlotWait? = nil,
    stallTimeout: Duration? = nil,
    retryFailed: Int? = nil,
    environmentVariables: Bool? = nil,
    key: String? = nil
      // surface: end
  ) -> Run {
    let config = RunConfig(
      // surface: forward RunConfig last
      prompt: prompt,
      source: source,
      title: title,
      requireApproval: requireApproval,
      autoPR: autoPR,
      waitForSlot: waitForSlot,
      stallTimeout: stallTimeout,
      retryFailed: retryFailed,
      environmentVariables: environmentVariables,
      key: key
        // surface: end
    )
    return start(config)
  }

  /// Starts a session at once, as the other form does, with what it is to do as one value.
  public func start(_ config: RunConfig) -> Run {
    Run(
      started: Result {
        let (client, wire) = (try client, try config.wire())
        return try direct { try client.run(config: wire) }
      })
  }

  /// Creates a session to talk with.
  ///
  /// - Parameters:
  ///   - prompt: What the agent should do.
  ///   - source: The repository it works on. Default: none; the agent begins with an empty directory.
  ///   - title: A title. Default: the server chooses one.
  ///   - requireApproval: Whether plans wait for approval. Default: true.
  ///   - autoPR: Whether a pull request is created at the end. Default: false.
  ///   - waitForSlot: How long to wait when all session slots of the plan are taken; then it fails with the same error
  ///     as without waiting. It doesn't wait for the limit of 24 hours, which frees nothing for hours. Default: `run`
  ///     and `createSession` don't wait, `all` waits as long as it takes.
  ///   - environmentVariables: Whether the agent gets the environment variables that are set up for the source.
  ///     Default: the service decides.
  ///   - key: A key for the request, 1 to 256 characters: the same key means the same session and the same outcome, in
  ///     every process and on every machine that shares the cache, also when one of them is killed in the middle of the
  ///     create. The request must be the same then, or it is a ``JulesError/config(_:)`` error with the `field` that
  ///     differs. Default: none; each call is a session.
  ///   - timeout: When to give up; `nil` is never.
  /// - Throws: ``JulesError/sourceNotFound(_:)`` when Jules has no access to the repository, or another
  ///   ``JulesError``.
  ///
  /// API: `sessions.create`.
  public func createSession(
    // surface: parameters RunConfig createSession -stall_timeout -retry_failed
    prompt: String,
    source: GitHubSource? = nil,
    title: String? = nil,
    requireApproval: Bool? = nil,
    autoPR: Bool? = nil,
    waitForSlot: SlotWait? = nil,
    environmentVariables: Bool? = nil,
    key: String? = nil,
    // surface: end
    timeout: Duration? = nil
  ) async throws -> Session {
    let config = RunConfig(
      // surface: forward RunConfig last -stall_timeout -retry_failed
      prompt: prompt,
      source: source,
      title: title,
      requireApproval: requireApproval,
      autoPR: autoPR,
      waitForSlot: waitForSlot,
      environmentVariables: environmentVariables,
      key: key
        // surface: end
    )
    return try await createSession(config, timeout: timeout)
  }

  /// Creates a session to talk with, as the other form does, with what it is to do as one value.
  public func createSession(_ config: RunConfig, timeout: Duration? = nil) async throws -> Session {
    let (client, wire) = (try client, try config.wire())
    return Session(
      try await waiting { token in
        try await client.createSession(config: wire, timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// The session of this id (`123` or `sessions/123`), without asking the server whether it exists.
  ///
  /// - Throws: ``JulesError/config(_:)`` for what is not a valid id.
  public func session(id: String) throws -> Session {
    let client = try client
    return Session(try direct { try client.session(id: id) })
  }

  /// The account's sessions, newest first: a sequence that asks for further pages as they are needed.
  ///
  /// - Parameters:
  ///   - pageSize: How many sessions one request asks for, 1 to 100; the server's default is 30.
  ///   - limit: How many sessions to deliver at most; all.
  ///   - filter: The server's filter, such as `archived = true`.
  ///   - pageToken: Where to start, from an earlier ``Page``.
  ///
  /// API: `sessions.list`.
  public func sessions(
    pageSize: Int? = nil, limit: Int? = nil, filter: String? = nil, pageToken: String? = nil
  ) -> SessionList {
    SessionList { [connected] in
      let options = try ListOptions(filter: filter, pageSize: pageSize, limit: limit, pageToken: pageToken)
      return try connected.get().sessions(options: options)
    }
  }
}

// MARK: - Sources, the cache, and what was done

extension Jules {
  /// The sources that Jules has access to: a sequence that asks for further pages as they are needed.
  ///
  /// - Parameters:
  ///   - filter: The server's filter, such as `name=sources/github/octocat/hello-world`.
  ///   - pageSize: How many sources one request asks for, 1 to 100; the server's default is 30.
  ///   - limit: How many sources to deliver at most; all.
  ///
  /// API: `sources.list`.
  public func sources(filter: String? = nil, pageSize: Int? = nil, limit: Int? = nil) -> SourceList {
    SourceList { [connected] in
      let options = try ListOptions(filter: filter, pageSize: pageSize, limit: limit)
      return try connected.get().sources(options: options)
    }
  }

  /// One source.
  ///
  /// - Parameters:
  ///   - github: `owner/repo`, or the whole name `sources/github/owner/repo`.
  ///   - timeout: When to give up; `nil` is never.
  /// - Throws: ``JulesError/sourceNotFound(_:)`` when Jules has no access to it.
  ///
  /// API: `sources.get`.
  public func source(github: String, timeout: Duration? = nil) async throws -> Source {
    let client = try client
    return try decoded(
      await waiting { token in
        try await client.source(github: github, timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// How much the cache holds for this key, and where it is. No request is made.
  public func cacheInfo(timeout: Duration? = nil) async throws -> CacheInfo {
    let client = try client
    return try decoded(
      await waiting { token in
        try await client.cacheInfo(timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// What the account uses of its plan: the sessions that hold a slot, how many were created within 24 hours, and the
  /// limits as far as they are known.
  ///
  /// API: `sessions.list`, `sessions.get`.
  public func quota(timeout: Duration? = nil) async throws -> Quota {
    let client = try client
    return try decoded(
      await waiting { token in
        try await client.quota(timeout: timeout?.nanoseconds, cancel: token)
      })
  }

  /// What this client has done so far, in numbers: for a dashboard, or to see what a program costs. No request is
  /// made.
  public func metrics() -> Metrics {
    guard case .success(let client) = connected else { return Metrics() }
    return derived { try client.metrics() }
  }

  /// The latest requests that this client has made, at most 100, the oldest first. Each has the server's id, to quote in
  /// a report, also where it went well. No request is made.
  ///
  /// ```swift
  /// let session = try await jules.createSession(prompt: "Add a test")
  /// let created = jules.recentRequests().last { $0.operation == "sessions.create" }
  /// print(session.id, created?.requestID ?? "")
  /// ```
  public func recentRequests() -> [RequestInfo] {
    guard case .success(let client) = connected else { return [] }
    return derived { try client.recentRequests() }
  }
}
