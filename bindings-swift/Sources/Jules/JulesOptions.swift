// The options of a client.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Jules {
  /// The options of a client. What is `nil` comes from the environment, else it has the default that stands with it.
  public struct Options: Sendable, Hashable {
    // surface: fields ClientOptions
    /// The API key. Default: the environment variable `JULES_API_KEY`.
    public var apiKey: String?
    /// The service with its version. Default: `JULES_BASE_URL`, else `https://jules.googleapis.com/v1alpha`; `/v1alpha`
    /// is added to a URL without a path.
    public var baseURL: URL?
    /// A fixed time between two polls of a session. Default: adaptive.
    public var pollingInterval: Duration?
    /// How long the server may be silent in an HTTP exchange, before its answer and within it. The whole exchange may
    /// take ten times that. Default: 30 s.
    public var requestTimeout: Duration?
    /// The time limit of connecting. Default: 10 s.
    public var connectTimeout: Duration?
    /// How failed requests are retried. Default: 300 s in all, 1 s at first, 30 s at most.
    public var retry = Retry()
    /// How many requests may be under way at once. Default: 16.
    public var maxConcurrentRequests: Int?
    /// Where the cache is kept: `true` for the platform's cache directory or `JULES_CACHE_DIR`, `false` for memory
    /// only, a directory, or the URL of a PostgreSQL database, `postgres://…`, which clients on several machines may
    /// share. Default: `true`.
    public var cache: Cache?
    /// The maximum size of the cache in bytes; beyond that the sessions that ended first are removed. A PostgreSQL
    /// database has no limit. Default: 1 GiB.
    public var cacheLimit: Int?
    /// A name that stands for the key in the cache: several keys of one account, or a key that is replaced, then share
    /// the cache and the budgets. Default: the key itself.
    public var account: String?
    /// How many sessions may hold a slot of the plan at a time, if known: then no create is sent that would be refused.
    /// Default: learned from refusals.
    public var slots: Int?
    /// How many sessions may be created within 24 hours, if known. Default: learned from refusals.
    public var perDay: Int?
    /// How many calls of `activities.list` all clients of this cache make within a minute: the service allows 120 and
    /// refuses what is beyond. `true` for 120 (ten at once, then 110 a minute), a number, or `false` for no limit.
    /// Default: `true`.
    public var activityBudget: ActivityBudget?
    /// Whether plain `http` is allowed to other machines than this one. Default: false.
    public var allowsInsecureHTTP: Bool?
    /// What to add to the `User-Agent` header. Default: nothing.
    public var userAgent: String?
    /// Certificates of authorities to trust besides the system's: a PEM file, or the PEM text itself. `SSL_CERT_FILE`
    /// and `SSL_CERT_DIR` replace the system's; where the system has none, Mozilla's are used. Default: none.
    public var ca: String?
    /// The proxy for requests to the service, `http://HOST:PORT`, optionally with `USER:PASSWORD@`; `socks5://` works
    /// too. It is never used for this machine itself. Default: `HTTPS_PROXY`, else `ALL_PROXY`, but not for hosts in
    /// `NO_PROXY`.
    public var proxy: String?
    /// Headers to send with each request. The key's header can't be among them. Default: none.
    public var headers: [String: String]?
    // surface: end
    /// Who gets this client's log lines; else none. `JULES_LOG=debug` writes them to stderr.
    public var logger: Logger?

    /// Options that are all absent.
    public init() {}
  }

  /// How failed requests are tried again, where that is safe.
  public struct Retry: Sendable, Hashable {
    // surface: fields RetryOptions
    /// The time limit of one call, all attempts together. Default: 300 s.
    public var maxElapsed: Duration?
    /// The longest first wait; each next one may be twice as long. Default: 1 s.
    public var baseDelay: Duration?
    /// No wait is longer, except one that the server asks for. Default: 30 s.
    public var maxDelay: Duration?
    // surface: end

    /// What is absent has its default.
    public init(maxElapsed: Duration? = nil, baseDelay: Duration? = nil, maxDelay: Duration? = nil) {
      self.maxElapsed = maxElapsed
      self.baseDelay = baseDelay
      self.maxDelay = maxDelay
    }
  }

  /// How often activities may be asked for. `false`, `true` and a number of calls a minute may be written instead.
  public enum ActivityBudget: Sendable, Hashable {
    /// As often as the service allows a project.
    case standard
    /// So many calls a minute.
    case perMinute(Int)
    /// As often as is useful, for a server without that quota.
    case unlimited
  }

  /// Where activities are remembered. `true`, `false`, a path and the URL of a database may be written instead.
  public enum Cache: Sendable, Hashable {
    /// In `JULES_CACHE_DIR`, else the platform's cache folder.
    case standard
    /// In memory, for as long as the client lives.
    case memory
    /// In this folder, which is made when it is missing.
    case directory(URL)
    /// In a PostgreSQL database (13 or newer), which clients on several machines may share:
    /// `postgres://USER:PASSWORD@HOST/DATABASE`.
    case postgres(String)
  }
}

extension Jules.Cache: ExpressibleByBooleanLiteral, ExpressibleByStringLiteral {
  /// `true` is the standard place, `false` is memory.
  public init(booleanLiteral value: Bool) { self = value ? .standard : .memory }
  /// The path of a folder, or a URL that begins with `postgres://` or `postgresql://`.
  public init(stringLiteral place: String) {
    let isDatabase = place.hasPrefix("postgres://") || place.hasPrefix("postgresql://")
    self = isDatabase ? .postgres(place) : .directory(path: place)
  }

  /// In the folder at this path, which is made when it is missing.
  public static func directory(path: String) -> Self {
    .directory(URL(fileURLWithPath: path, isDirectory: true))
  }
}

extension Jules.Cache: CustomStringConvertible, CustomReflectable {
  /// The place; of a database not its URL, which may have a password in it.
  public var description: String {
    switch self {
    case .standard: "standard"
    case .memory: "memory"
    case .directory(let folder): "directory(\(folder.path))"
    case .postgres: "postgres(…)"
    }
  }

  /// Keeps the password out of `dump` and debuggers, too.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension Jules.ActivityBudget: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
  /// `true` is the standard budget, `false` is none.
  public init(booleanLiteral value: Bool) { self = value ? .standard : .unlimited }
  /// So many calls a minute.
  public init(integerLiteral calls: Int) { self = .perMinute(calls) }
}

extension Jules.Options: CustomStringConvertible, CustomReflectable {
  /// The options without the key.
  public var description: String {
    "Jules.Options(apiKey: \(apiKey == nil ? "nil" : "…"), baseURL: \(baseURL?.absoluteString ?? "nil"))"
  }

  /// Keeps the key out of `dump` and debuggers, too.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension Jules.Options {
  /// The form in which they cross the boundary.
  func wire() throws -> ClientOptions {
    if case .perMinute(let calls) = activityBudget { let _: UInt32? = try whole(calls, "activityBudget") }
    return ClientOptions(
      // surface: wire ClientOptions last
      apiKey: apiKey,
      baseUrl: baseURL?.absoluteString,
      pollingInterval: pollingInterval?.nanoseconds,
      requestTimeout: requestTimeout?.nanoseconds,
      connectTimeout: connectTimeout?.nanoseconds,
      retryMaxElapsed: retry.maxElapsed?.nanoseconds,
      retryBaseDelay: retry.baseDelay?.nanoseconds,
      retryMaxDelay: retry.maxDelay?.nanoseconds,
      maxConcurrentRequests: try whole(maxConcurrentRequests, "maxConcurrentRequests"),
      cache: cache.map(\.wire),
      cacheLimit: try whole(cacheLimit, "cacheLimit"),
      account: account,
      slots: try whole(slots, "slots"),
      perDay: try whole(perDay, "perDay"),
      activityBudget: activityBudget.map(\.wire),
      allowInsecureHttp: allowsInsecureHTTP,
      userAgent: userAgent,
      ca: ca,
      proxy: proxy,
      headers: headers
        // surface: end
    )
  }
}

extension Jules.ActivityBudget {
  fileprivate var wire: JulesGlue.ActivityBudget {
    switch self {
    case .standard: .standard
    case .perMinute(let calls): .perMinute(calls: UInt32(clamping: calls))
    case .unlimited: .unlimited
    }
  }
}

extension Jules.Cache {
  fileprivate var wire: JulesGlue.Cache {
    switch self {
    case .standard: .standard
    case .memory: .memory
    case .directory(let folder): .directory(path: folder.path)
    case .postgres(let url): .directory(path: url)
    }
  }
}
