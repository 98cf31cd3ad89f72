// Everything that can go wrong, but for being cancelled.

import Foundation

/// Everything that can go wrong. (A cancelled call throws `CancellationError` instead.)
///
/// ```swift
/// do {
///   try await session.approve()
/// } catch JulesError.notFound {
///   print("no such session")
/// } catch let error as JulesError where error.retryable {
///   print("try again in \(error.retryAfter ?? .seconds(5)): \(error.message)")
/// }
/// ```
///
/// The fields of ``Context`` can be read from the error itself: `error.status`, `error.message`.
@dynamicMemberLookup
public enum JulesError: Error, Sendable, Hashable {
  /// A bad option, a bad id, or plain `http` to a remote host. Nothing was sent.
  case config(Context)
  /// No API key was given and `JULES_API_KEY` is not set. A special case of ``config(_:)``.
  case missingApiKey(Context)
  /// The server could not be reached, or the connection broke.
  case network(Context)
  /// A time limit ran out.
  case timeout(Context)
  /// The server refused the API key (401, 403, or 400 with `API_KEY_INVALID`).
  case authentication(Context)
  /// The server does not know what was asked for (404).
  case notFound(Context)
  /// Too many requests or sessions (429).
  case rateLimit(Context)
  /// The server refused the request as invalid (400 and other 4xx).
  case invalidRequest(Context)
  /// The server refused because of the state that things are in (`FAILED_PRECONDITION`, `ABORTED`).
  case precondition(Context)
  /// The server failed (5xx) or pointed somewhere else (3xx).
  case server(Context)
  /// The answer could not be understood.
  case decode(Context)
  /// Jules has no access to the repository that was named.
  case sourceNotFound(Context)
  /// The session ended in another state than the one waited for.
  case unexpectedState(Context, info: SessionInfo)
  /// The session is over, and what was waited for can't come any more: it ended before the reply, was stopped, or was
  /// deleted.
  case sessionEnded(Context, SessionEnd)
  /// The local store failed.
  case store(Context)
  /// A patch could not be parsed or applied.
  case patch(Context)
  /// A query is not valid.
  case query(Context)
  /// The client was closed, before the call or while it waited.
  case closed(Context)

  /// What there is to know about an error of any kind.
  public struct Context: Sendable, Hashable {
    /// The whole text: what was tried, what happened, and what can be done.
    public let message: String
    /// Whether calling again now is worth it; not once the client's own retries are spent.
    public var retryable = false
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
    /// How often the request was sent.
    public var attempts: Int?
    /// How long the server asked to wait.
    public var retryAfter: Duration?
    /// The server's id of the request, to quote in a report.
    public var requestId: String?
    /// The session that the call was about, or that it made.
    public var sessionId: String?
    /// Which of the plan's limits refused a create.
    public var limit: PlanLimit?
    /// How much of that limit is used.
    public var used: Int?
    /// How much it allows, where that was said or learned.
    public var allowed: Int?
    /// When a create is likely to pass, where the day's limit is what is in its way.
    public var nextAt: Date?
    /// Since when the session has shown nothing new, when a `stallTimeout` ran out.
    public var since: Date?
    /// What came of that session last.
    public var lastActivity: Activity?
    /// What is wrong with the local store.
    public var fault: StoreFault?
    /// The field that a query names wrongly, or uses wrongly; the option that can't be, or in which what is asked differs from
    /// what its key is known for.
    public var field: String?
    /// The operator that a query names wrongly, or uses wrongly.
    public var `operator`: String?
    /// What could stand in the wrong thing's place; empty when that is no list of words.
    public var valid: [String] = []
    /// What was probably meant.
    public var suggestion: String?
    /// The file that a patch could not be applied to.
    public var file: String?
    /// The hunk of that file's changes that does not fit, from 1.
    public var hunk: Int?
    /// The text of the underlying cause.
    public var cause: String?
    /// What became of the other items, when this error ended a ``Batch``: those that finished, those that failed, and
    /// those that go on at the server.
    public var results: [ItemReport] = []
    /// Which item of a ``Batch`` it is about, from 0.
    public var index: Int?

    /// An error of one's own, for tests and fakes.
    public init(message: String) { self.message = message }
  }

  /// What there is to know about it.
  public var context: Context {
    switch self {
    case .config(let context), .missingApiKey(let context), .network(let context), .timeout(let context),
      .authentication(let context), .notFound(let context), .rateLimit(let context), .invalidRequest(let context),
      .precondition(let context), .server(let context), .decode(let context), .sourceNotFound(let context),
      .unexpectedState(let context, _), .sessionEnded(let context, _), .store(let context), .patch(let context),
      .query(let context), .closed(let context):
      context
    }
  }

  /// The fields of ``context``: `error.status` is `error.context.status`.
  public subscript<Value>(dynamicMember field: KeyPath<Context, Value>) -> Value {
    context[keyPath: field]
  }

  /// Whether the server said so: one of ``authentication(_:)``, ``notFound(_:)``, ``rateLimit(_:)``,
  /// ``invalidRequest(_:)``, ``precondition(_:)`` and ``server(_:)``.
  public var isApiError: Bool {
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
