// What a client has done, in numbers, and its latest requests.

/// What a client has counted since it was made; see ``Jules/metrics()``.
public struct Metrics: Sendable, Hashable, Codable {
  /// Requests that were sent, retries included.
  public let requests: Int
  /// Bytes of answers' bodies, after decompression.
  public let bytes: Int
  /// Requests that were sent again.
  public let retries: Int
  /// Answers that asked to slow down (429).
  public let throttles: Int
  /// New activities that were written to the cache.
  public let activities: Int
  private let counted: [String: Int]

  /// Waits of the client's own that lasted over a second, by what was waited for. Each is a line of the log, too.
  ///
  /// ```swift
  /// print(jules.metrics().waits[.slot, default: 0])
  /// ```
  public var waits: [WaitReason: Int] {
    Dictionary(uniqueKeysWithValues: counted.map { (WaitReason(rawValue: $0), $1) })
  }

  /// A value of your own, for tests and previews.
  public init(
    requests: Int = 0, bytes: Int = 0, retries: Int = 0, throttles: Int = 0, activities: Int = 0,
    waits: [WaitReason: Int] = [:]
  ) {
    self.requests = requests
    self.bytes = bytes
    self.retries = retries
    self.throttles = throttles
    self.activities = activities
    counted = Dictionary(uniqueKeysWithValues: waits.map { ($0.rawValue, $1) })
  }

  private enum CodingKeys: String, CodingKey {
    case requests, bytes, retries, throttles, activities
    case counted = "waits"
  }
}

/// What the client waits for before it goes on; see ``Metrics/waits``.
public struct WaitReason: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
  /// The word.
  public let rawValue: String

  /// The reason with this word.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The reason with this word.
  public init(stringLiteral word: String) { rawValue = word }

  // surface: statics WaitReason
  /// The next attempt, after one that failed.
  public static let retry: Self = "retry"
  /// The pace that the server asked for (429).
  public static let throttle: Self = "throttle"
  /// A place among the requests that may be under way at once.
  public static let concurrency: Self = "concurrency"
  /// A turn of the project's budget for listing activities.
  public static let activityBudget: Self = "activityBudget"
  /// Another call that does the same, here or in another process that shares the cache.
  public static let turn: Self = "turn"
  /// A free slot of the plan.
  public static let slot: Self = "slot"
  /// The cache: its lock, a connection, or its answer.
  public static let cache: Self = "cache"
  /// The server, which gets time to finish what it was asked for before that is looked for.
  public static let effect: Self = "effect"
  /// The session, which takes no message before it leaves the queue.
  public static let queued: Self = "queued"
  // surface: end
}

/// A request that a client has made; see ``Jules/recentRequests()``.
public struct RequestInfo: Sendable, Hashable, Codable {
  /// The operation of the API, such as `sessions.create`.
  public let operation: String
  /// The session that it was about; absent where it was about several, or one that was not created yet.
  public let sessionID: String?
  /// The HTTP status; absent when there was no response.
  public let status: Int?
  /// The server's id of the request, to quote in a report; absent when it sent none.
  public let requestID: String?
  /// Which attempt of its call it was, from 1.
  public let attempt: Int
  /// How long it took, in milliseconds.
  public let durationMs: Int

  /// How long it took.
  public var duration: Duration { .milliseconds(durationMs) }

  /// A value of your own, for tests and previews.
  public init(
    operation: String, sessionID: String? = nil, status: Int? = nil, requestID: String? = nil, attempt: Int = 1,
    duration: Duration = .zero
  ) {
    self.operation = operation
    self.sessionID = sessionID
    self.status = status
    self.requestID = requestID
    self.attempt = attempt
    let (seconds, attoseconds) = duration.components
    durationMs = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }

  private enum CodingKeys: String, CodingKey {
    case operation, status, attempt, durationMs
    case sessionID = "sessionId"
    case requestID = "requestId"
  }
}
