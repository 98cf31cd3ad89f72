// The options of a client.

import Foundation
internal import JulesGlue

extension Jules {
  /// The options of a client. What is `nil` comes from the environment, else it has the default that stands with it.
  public struct Options: Sendable, Hashable {
    /// The API key; else `JULES_API_KEY`. There is no default: without one, making the client throws
    /// ``JulesError/missingApiKey(_:)``.
    public var apiKey: String?
    /// Where the API is, version included; else `JULES_BASE_URL`, else the service. `/v1alpha` is added when the URL
    /// has no path.
    public var baseUrl: String?
    /// A fixed time between two looks at a session; else the pace adapts.
    public var pollingInterval: Duration?
    /// The time limit of one exchange with the server, body included; 30 s.
    public var requestTimeout: Duration?
    /// The time limit for connecting; 10 s.
    public var connectTimeout: Duration?
    /// How failed requests are tried again.
    public var retry = Retry()
    /// How many requests may be under way at once; 16.
    public var maxConcurrentRequests: Int?
    /// Where activities are remembered; in the platform's cache folder.
    public var cache: Cache?
    /// How many bytes may be remembered, beyond which the oldest ended sessions are forgotten; 1 GiB.
    public var cacheLimit: Int?
    /// A name that stands for the key in the local store: several keys of one account, or a rotated one, then share
    /// what is remembered.
    public var account: String?
    /// How many sessions the plan allows at a time; else it is learned from refusals.
    public var slots: Int?
    /// How many sessions the plan allows in 24 hours; else it is learned from refusals.
    public var perDay: Int?
    /// How often activities may be asked for, by all clients that share the store together; as often as the service
    /// allows a project, some 110 times a minute.
    public var activityBudget: ActivityBudget?
    /// Whether `http://` may be used to other machines than this one; false.
    public var allowInsecureHttp: Bool?
    /// What is added to the `User-Agent` header.
    public var userAgent: String?
    /// Certificates of authorities that are trusted besides the system's: the path of a PEM file, or the PEM text itself.
    public var ca: String?
    /// The proxy that the service is asked through, `http://HOST:PORT`, perhaps with `USER:PASSWORD@`; else
    /// `HTTPS_PROXY` or `ALL_PROXY`, but not for hosts in `NO_PROXY`. This machine is never asked through one.
    public var proxy: String?
    /// Headers to send with each request. The key's can't be among them.
    public var headers: [String: String]?
    /// Who gets this client's log lines; else nobody. `JULES_LOG=debug` writes them to stderr.
    public var logger: Logger?

    /// Options that are all absent.
    public init() {}
  }

  /// How failed requests are tried again, where that is safe.
  public struct Retry: Sendable, Hashable {
    /// When to give up; 300 s.
    public var maxElapsed: Duration?
    /// The first pause; 1 s. Later ones grow.
    public var baseDelay: Duration?
    /// The longest pause; 30 s.
    public var maxDelay: Duration?

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
    /// In a PostgreSQL database (13 or newer), which clients on many machines may share:
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
    "Jules.Options(apiKey: \(apiKey == nil ? "nil" : "…"), baseUrl: \(baseUrl ?? "nil"))"
  }

  /// Keeps the key out of `dump` and debuggers, too.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// The variables of the process that the core looks up, as Swift has them.
private var environment: [String: String] {
  let all = ProcessInfo.processInfo.environment
  return Dictionary(uniqueKeysWithValues: environmentVariables().compactMap { name in all[name].map { (name, $0) } })
}

extension Jules.Options {
  /// The form in which they cross the boundary.
  var wire: ClientOptions {
    ClientOptions(
      apiKey: apiKey,
      baseUrl: baseUrl,
      pollingInterval: pollingInterval?.nanoseconds,
      requestTimeout: requestTimeout?.nanoseconds,
      connectTimeout: connectTimeout?.nanoseconds,
      retryMaxElapsed: retry.maxElapsed?.nanoseconds,
      retryBaseDelay: retry.baseDelay?.nanoseconds,
      retryMaxDelay: retry.maxDelay?.nanoseconds,
      maxConcurrentRequests: maxConcurrentRequests.map { UInt64(clamping: $0) },
      cache: cache.map(\.wire),
      cacheLimit: cacheLimit.map { UInt64(clamping: $0) },
      account: account,
      slots: slots.map { UInt64(clamping: $0) },
      perDay: perDay.map { UInt64(clamping: $0) },
      activityBudget: activityBudget.map(\.wire),
      allowInsecureHttp: allowInsecureHttp,
      userAgent: userAgent,
      ca: ca,
      proxy: proxy,
      headers: headers,
      environment: environment)
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
