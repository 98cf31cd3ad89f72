// Everything that can go wrong, but for being cancelled.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Everything that can go wrong. (A cancelled call throws `CancellationError` instead.)
///
/// ```swift
/// do {
///   try await session.approve()
/// } catch JulesError.notFound {
///   print("no such session")
/// } catch let error as JulesError where error.isRetryable {
///   print("try again in \(error.retryAfter ?? .seconds(5)): \(error.message)")
/// }
/// ```
///
/// The fields of ``Context`` can be read from the error itself: `error.status`, `error.message`.
@dynamicMemberLookup
public enum JulesError: Error, Sendable, Hashable {
  // surface: failures cases
  /// A bad option, a bad id, or plain `http` to a remote host. Nothing was sent.
  case config(Context)
  /// The server could not be reached, or the connection broke.
  case network(Context)
  /// A time limit ran out.
  case timeout(Context)
  /// The server refused the API key (401, 403, or 400 with `API_KEY_INVALID`).
  case authentication(Context)
  /// What was asked for does not exist (404).
  case notFound(Context)
  /// Too many requests or sessions (429).
  case rateLimit(Context)
  /// The server refused the request as invalid (400 and other 4xx).
  case invalidRequest(Context)
  /// The server refused because of the current state (`FAILED_PRECONDITION`, `ABORTED`).
  case precondition(Context)
  /// The server failed (5xx), redirected (3xx), or a proxy gave up (425, 499).
  case server(Context)
  /// The response could not be understood.
  case decode(Context)
  /// Jules has no access to the repository that was named.
  case sourceNotFound(Context)
  /// The session ended in another state than the one waited for; `info` has it.
  case unexpectedState(Context, info: SessionInfo)
  /// The session ended before what was awaited came; `reason` has why, and `outcome` how.
  case sessionEnded(Context, SessionEnd)
  /// The cache could not be read or written.
  case store(Context)
  /// A patch could not be parsed or applied.
  case patch(Context)
  /// A query is not valid.
  case query(Context)
  /// The client was closed, before the call or while it waited.
  case closed(Context)
  // surface: end

  /// What there is to know about an error of any kind.
  public struct Context: Sendable, Hashable {
    /// The whole text: what was tried, what happened, and what can be done.
    public let message: String
    // surface: errors variables
    /// Which of the plan's limits refused a create.
    public var limit: PlanLimit?
    /// How much of the plan's `limit` was in use: slots that are held, or sessions created within 24 hours. Slots where
    /// the limit isn't known.
    public var used: Int?
    /// How much the plan's `limit` allows, where that was said or learned.
    public var allowed: Int?
    /// When the next create is likely to pass, where a time is known. A slot is free when a session ends: that has
    /// none.
    public var nextAt: Date?
    /// Whether calling again now is worthwhile. False once the client's own retries are spent, and for errors that
    /// repeating doesn't change; true for the caller's time limits, for ``JulesError/rateLimit(_:)`` with `retryAfter`,
    /// and for a create that was refused because of one of the plan's limits.
    public var isRetryable = false
    /// The HTTP status, when the server answered.
    public var status: Int?
    /// The server's gRPC code name, such as `"RESOURCE_EXHAUSTED"`.
    public var code: String?
    /// The server's `error.details`, as it sent them.
    public var details: [JSONValue] = []
    /// The HTTP method of the request.
    public var method: String?
    /// The URL of the request. It never contains the key.
    public var url: URL?
    /// How many times the request was sent.
    public var attempts: Int?
    /// How long the server asked to wait.
    public var retryAfter: Duration?
    /// The server's id of the request, to quote in a report: that of the last attempt that was answered.
    public var requestID: String?
    /// The session that the call was about, or that it created.
    public var sessionID: String?
    /// The field or key of the query that is wrong, as it was written, with ``JulesError/query(_:)``; the option that
    /// is not valid, or that differs from what its key was used for, with ``JulesError/config(_:)``.
    public var field: String?
    /// The operator of the query that is wrong or is used wrongly, with ``JulesError/query(_:)``.
    public var `operator`: String?
    /// What would be valid there, with ``JulesError/query(_:)``; empty where that can't be listed.
    public var valid: [String] = []
    /// What was probably meant, with ``JulesError/query(_:)``.
    public var suggestion: String?
    /// The file of a patch that cannot be applied, with ``JulesError/patch(_:)``: its path in the patch.
    public var file: String?
    /// The hunk of that file that can't be applied, counted from 1.
    public var hunk: Int?
    /// Since when nothing new had come, by the local clock: with a ``JulesError/timeout(_:)`` of a `stallTimeout`.
    public var since: Date?
    /// The last activity before that, if there was any: with a ``JulesError/timeout(_:)`` of a `stallTimeout`.
    public var lastActivity: Activity?
    /// What happened to the cache, with ``JulesError/store(_:)``: `"full"`, `"busy"`, `"readOnly"`, `"damaged"`,
    /// `"newer"`, `"noPermission"`, `"notADirectory"`, `"unsafe"`, `"device"`, `"unreachable"` or `"other"`.
    public var fault: StoreFault?
    /// The index of the item of `all` that the error is about, from 0.
    public var index: Int?
    /// The status of the other items when `all` stopped: what finished and what still runs.
    public var results: [ItemReport] = []
    // surface: end
    /// Whether no API key was given and `JULES_API_KEY` is not set, with ``JulesError/config(_:)``.
    public var isMissingAPIKey = false
    /// The text of the underlying cause.
    public var cause: String?

    /// An error of one's own, for tests and fakes.
    public init(message: String) { self.message = message }
  }

  /// What there is to know about it.
  public var context: Context {
    switch self {
    // surface: failures contexts
    case .config(let context): context
    case .network(let context): context
    case .timeout(let context): context
    case .authentication(let context): context
    case .notFound(let context): context
    case .rateLimit(let context): context
    case .invalidRequest(let context): context
    case .precondition(let context): context
    case .server(let context): context
    case .decode(let context): context
    case .sourceNotFound(let context): context
    case .unexpectedState(let context, _): context
    case .sessionEnded(let context, _): context
    case .store(let context): context
    case .patch(let context): context
    case .query(let context): context
    case .closed(let context): context
    // surface: end
    }
  }

  /// The fields of ``context``: `error.status` is `error.context.status`.
  public subscript<Value>(dynamicMember field: KeyPath<Context, Value>) -> Value {
    context[keyPath: field]
  }

  /// Whether it is an answer of the server: one of ``authentication(_:)``, ``notFound(_:)``, ``rateLimit(_:)``,
  /// ``invalidRequest(_:)``, ``precondition(_:)`` and ``server(_:)``.
  public var isAPIError: Bool {
    switch self {
    case .authentication, .notFound, .rateLimit, .invalidRequest, .precondition, .server: true
    default: false
    }
  }
}

extension JulesError: LocalizedError, CustomStringConvertible {
  /// The whole text: what was tried, what happened, and what can be done.
  public var errorDescription: String? { context.message }
  /// The whole text, as ``errorDescription`` has it.
  public var description: String { context.message }
}
