// An error as it comes from Rust: its fields as JSON.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension JulesError {
  /// The error of these fields.
  init(fields json: String) {
    do {
      self = try JSONDecoder().decode(Fields.self, from: Data(json.utf8)).error
    } catch {
      self = .decode(Context(message: "an error could not be read: \(error)"))
    }
  }

  /// The kind's name, the same in every language: `"NotFound"`.
  public var kind: String {
    if case .config(let context) = self, context.isMissingAPIKey { return "MissingApiKey" }
    return switch self {
    // surface: names ErrorKind
    case .config: "Config"
    case .network: "Network"
    case .timeout: "Timeout"
    case .authentication: "Authentication"
    case .notFound: "NotFound"
    case .rateLimit: "RateLimit"
    case .invalidRequest: "InvalidRequest"
    case .precondition: "Precondition"
    case .server: "Server"
    case .decode: "Decode"
    case .sourceNotFound: "SourceNotFound"
    case .unexpectedState: "UnexpectedState"
    case .sessionEnded: "SessionEnded"
    case .store: "Store"
    case .patch: "Patch"
    case .query: "Query"
    case .closed: "Closed"
    // surface: end
    }
  }

  /// What a task keeps of it as JSON.
  var fields: JSONValue {
    var fields: [String: JSONValue] = [
      "kind": .string(kind), "message": .string(context.message), "retryable": .bool(context.isRetryable),
    ]
    fields["status"] = context.status.map { .integer(Int64($0)) }
    fields["code"] = context.code.map { .string($0) }
    fields["sessionId"] = context.sessionID.map { .string($0) }
    return .object(fields)
  }

  struct Fields: Decodable {
    let kind: String
    let message: String
    // surface: errors json
    let limit: PlanLimit?
    let used: Int?
    let allowed: Int?
    let nextAt: Timestamp?
    let retryable: Bool
    let status: Int?
    let code: String?
    let details: [JSONValue]?
    let method: String?
    let url: String?
    let attempts: Int?
    let retryAfterMs: Int64?
    let requestId: String?
    let sessionId: String?
    let field: String?
    let `operator`: String?
    let valid: [String]?
    let suggestion: String?
    let file: String?
    let hunk: Int?
    let since: Timestamp?
    let lastActivity: Activity?
    let fault: String?
    let index: Int?
    let results: [ItemReportWire]?
    // surface: end
    let cause: String?
    let info: SessionInfo?
    let outcome: Outcome?
    let reason: SessionEnd.Reason?

    var context: Context {
      var context = Context(message: message)
      // surface: errors made
      context.limit = limit
      context.used = used
      context.allowed = allowed
      context.nextAt = nextAt?.date
      context.isRetryable = retryable
      context.status = status
      context.code = code
      context.details = details ?? []
      context.method = method
      context.url = url.flatMap { URL(string: $0) }
      context.attempts = attempts
      context.retryAfter = retryAfterMs.map { .milliseconds($0) }
      context.requestID = requestId
      context.sessionID = sessionId
      context.field = field
      context.operator = self.operator
      context.valid = valid ?? []
      context.suggestion = suggestion
      context.file = file
      context.hunk = hunk
      context.since = since?.date
      context.lastActivity = lastActivity
      context.fault = fault.map { StoreFault(rawValue: $0) ?? .other }
      context.index = index
      context.results = results?.map(\.report) ?? []
      // surface: end
      context.isMissingAPIKey = kind == "MissingApiKey"
      context.cause = cause
      return context
    }

    var error: JulesError {
      get throws {
        switch kind {
        // surface: failures made
        case "Config": .config(context)
        case "Network": .network(context)
        case "Timeout": .timeout(context)
        case "Authentication": .authentication(context)
        case "NotFound": .notFound(context)
        case "RateLimit": .rateLimit(context)
        case "InvalidRequest": .invalidRequest(context)
        case "Precondition": .precondition(context)
        case "Server": .server(context)
        case "Decode": .decode(context)
        case "SourceNotFound": .sourceNotFound(context)
        case "UnexpectedState": .unexpectedState(context, info: try session)
        case "SessionEnded": .sessionEnded(context, end)
        case "Store": .store(context)
        case "Patch": .patch(context)
        case "Query": .query(context)
        case "Closed": .closed(context)
        // surface: end
        case "MissingApiKey": .config(context)
        default: throw Unreadable(what: "kind \(kind): \(message)")
        }
      }
    }

    private var session: SessionInfo {
      get throws {
        guard let info else { throw Unreadable(what: "no info: \(message)") }
        return info
      }
    }

    private var end: SessionEnd {
      SessionEnd(reason: reason ?? .ended, info: info, outcome: outcome)
    }
  }

  private struct Unreadable: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
  }
}
