// An error as the runner wants to see it.

import Foundation
import Jules

struct ErrorReport {
  let json: JSONValue

  init(_ error: any Error) {
    json =
      switch error {
      case is CancellationError: ["kind": "Cancelled", "message": "cancelled", "retryable": false]
      case let error as Interrupted: Self.interrupted(error)
      case let error as Unsupported: ["kind": "Unsupported", "message": .string(error.message)]
      case let error as InFolder: Self.inFolder(error)
      case let error as JulesError: Self.fields(of: error)
      default: ["kind": "Unexpected", "message": .string(String(describing: error))]
      }
  }

  private static func interrupted(_ error: Interrupted) -> JSONValue {
    guard case .object(var fields) = ErrorReport(error.cause).json else { return .null }
    fields["items"] = .array(error.items)
    return .object(fields)
  }

  private static func inFolder(_ error: InFolder) -> JSONValue {
    guard case .object(var fields) = Self.fields(of: error.cause) else { return .null }
    fields["message"] = .string(error.cause.message.replacingOccurrences(of: error.folder, with: "DIRECTORY"))
    return .object(fields)
  }

  private static func fields(of error: JulesError) -> JSONValue {
    var fields: [String: JSONValue] = [
      "kind": .string(error.kind),
      "class": .string("JulesError.\(Mirror(reflecting: error).children.first?.label ?? "nothing")"),
      "message": .string(error.localizedDescription),
      "retryable": .bool(error.isRetryable),
    ]
    fields["status"] = error.status.map { .integer(Int64($0)) }
    fields["code"] = error.code.map { .string($0) }
    fields["details"] = error.details.isEmpty ? nil : .array(error.details)
    fields["method"] = error.method.map { .string($0) }
    fields["url"] = error.url.map { .string($0.absoluteString) }
    fields["attempts"] = error.attempts.map { .integer(Int64($0)) }
    fields["retryAfterMs"] = error.retryAfter.map { .integer($0.components.seconds * 1000) }
    fields["requestId"] = error.requestID.map { .string($0) }
    fields["sessionId"] = error.sessionID.map { .string($0) }
    fields["limit"] = error.limit.map { .string($0.rawValue) }
    fields["used"] = error.used.map { .integer(Int64($0)) }
    fields["allowed"] = error.allowed.map { .integer(Int64($0)) }
    fields["nextAt"] = error.nextAt.map { .string($0.formatted(.iso8601)) }
    fields["since"] = error.since.map { .string($0.formatted(.iso8601)) }
    fields["lastActivity"] = try? error.lastActivity.map(asJSON)
    fields["fault"] = error.fault.map { .string($0.rawValue) }
    fields["field"] = error.field.map { .string($0) }
    fields["operator"] = error.operator.map { .string($0) }
    fields["valid"] = error.valid.isEmpty ? nil : .array(error.valid.map { .string($0) })
    fields["index"] = error.index.map { .integer(Int64($0)) }
    fields["suggestion"] = error.suggestion.map { .string($0) }
    fields["file"] = error.file.map { .string($0) }
    fields["hunk"] = error.hunk.map { .integer(Int64($0)) }
    fields["results"] = error.results.isEmpty ? nil : .array(error.results.map(report))
    switch error {
    case .unexpectedState(_, let info): fields["info"] = try? asJSON(info)
    case .sessionEnded(_, let end):
      fields["reason"] = .string(end.reason.rawValue)
      fields["info"] = try? end.info.map(asJSON)
      fields["outcome"] = try? end.outcome.map(asJSON)
    default: break
    }
    return .object(fields)
  }

  private static func report(_ item: ItemReport) -> JSONValue {
    var fields: [String: JSONValue] = ["index": .integer(Int64(item.index))]
    fields["sessionId"] = item.sessionID.map { .string($0) }
    switch item.status {
    case .running:
      fields["status"] = "running"
    case .finished(let outcome):
      fields["status"] = "finished"
      fields["outcome"] = try? asJSON(outcome)
    case .failed(let error):
      fields["status"] = "failed"
      fields["error"] = ErrorReport(error).json
    }
    return .object(fields)
  }
}
