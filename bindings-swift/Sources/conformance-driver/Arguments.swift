// What stands under `with`: references filled in, fields read by name.

import Foundation
import Jules

/// The arguments of one step.
struct Arguments: Sendable {
  private let fields: JSONValue

  /// Replaces `"${name.path.0.x}"` by what was saved.
  init(_ given: JSONValue?, saved: [String: JSONValue]) {
    fields = Self.filled(given ?? [:], saved)
  }

  subscript(name: String) -> JSONValue? {
    let value = fields[name]
    return value == .null ? nil : value
  }

  var whole: JSONValue { fields }

  func string(_ name: String) -> String? { self[name]?.stringValue }

  func int(_ name: String) -> Int? {
    switch self[name] {
    case .integer(let number): Int(number)
    case .number(let number): Int(number)
    default: nil
    }
  }

  func bool(_ name: String) -> Bool? {
    if case .bool(let value) = self[name] { value } else { nil }
  }

  func strings(_ name: String) -> [String] {
    switch self[name] {
    case .array(let values): values.compactMap(\.stringValue)
    case .string(let value): [value]
    default: []
    }
  }

  func milliseconds(_ name: String) -> Duration? { int(name).map { .milliseconds($0) } }

  var timeout: Duration? { milliseconds("timeoutMs") }

  var stallTimeout: Duration? { milliseconds("stallTimeoutMs") }

  func list(_ name: String) -> [Arguments] {
    if case .array(let values) = self[name] { values.map { Arguments($0, saved: [:]) } } else { [] }
  }

  func nested(_ name: String) -> Arguments? { self[name].map { Arguments($0, saved: [:]) } }

  private static func filled(_ value: JSONValue, _ saved: [String: JSONValue]) -> JSONValue {
    switch value {
    case .string(let text): filled(text, saved)
    case .array(let values): .array(values.map { filled($0, saved) })
    case .object(let fields): .object(fields.mapValues { filled($0, saved) })
    default: value
    }
  }

  /// A reference that is the whole text becomes the value; one inside a text becomes the value's text.
  private static func filled(_ text: String, _ saved: [String: JSONValue]) -> JSONValue {
    if let whole = text.wholeMatch(of: reference) {
      return value(at: whole.1, saved) ?? .string(text)
    }
    return .string(
      text.replacing(reference) { match in
        value(at: match.1, saved).map(plainText) ?? String(match.0)
      })
  }

  private static var reference: Regex<(Substring, Substring)> { /\$\{([^}]*)\}/ }

  private static func value(at path: Substring, _ saved: [String: JSONValue]) -> JSONValue? {
    let parts = path.split(separator: ".").map(String.init)
    guard let name = parts.first, let start = saved[name] else { return nil }
    return parts.dropFirst().reduce(start) { value, part in
      if case .array(let values) = value, let index = Int(part) {
        values.indices.contains(index) ? values[index] : nil
      } else {
        value?[part]
      }
    }
  }

  private static func plainText(_ value: JSONValue) -> String {
    if case .string(let text) = value { return text }
    return (try? String(decoding: JSONEncoder().encode(value), as: UTF8.self)) ?? ""
  }
}

extension Arguments {
  var runConfig: RunConfig {
    let source = nested("source").flatMap { source in
      source.string("github").map { GitHubSource.github($0, branch: source.string("branch")) }
    }
    return RunConfig(
      prompt: string("prompt") ?? "",
      source: source,
      title: string("title"),
      requireApproval: bool("requireApproval"),
      autoPR: bool("autoPr"),
      waitForSlot: slotWait,
      stallTimeout: stallTimeout,
      retryFailed: int("retryFailed"),
      environmentVariables: bool("environmentVariables"),
      key: string("key"))
  }

  private var slotWait: SlotWait? {
    if bool("waitForSlot") == true { return .forever }
    return milliseconds("waitForSlot").map { .atMost($0) }
  }

  var types: [ActivityType] { strings("types").map { ActivityType(rawValue: $0) } }

  var excludeOriginator: [String] { nested("exclude")?.strings("originator") ?? [] }

  var states: [SessionState] {
    (strings("state") + strings("states")).map { SessionState(rawValue: $0) }
  }

  /// Options by their TypeScript names, over what is there.
  func apply(to options: inout Jules.Options) {
    if let key = string("apiKey") { options.apiKey = key }
    if let url = string("baseUrl") { options.baseURL = URL(string: url) }
    if let time = milliseconds("pollingIntervalMs") { options.pollingInterval = time }
    if let time = milliseconds("requestTimeoutMs") { options.requestTimeout = time }
    if let time = milliseconds("connectTimeoutMs") { options.connectTimeout = time }
    if let retry = nested("retry") {
      if let time = retry.milliseconds("maxElapsedMs") { options.retry.maxElapsed = time }
      if let time = retry.milliseconds("baseDelayMs") { options.retry.baseDelay = time }
      if let time = retry.milliseconds("maxDelayMs") { options.retry.maxDelay = time }
    }
    if let count = int("maxConcurrentRequests") { options.maxConcurrentRequests = count }
    if let bytes = int("cacheLimit") { options.cacheLimit = bytes }
    if let name = string("account") { options.account = name }
    if let count = int("slots") { options.slots = count }
    if let count = int("perDay") { options.perDay = count }
    if let kept = bool("activityBudget") { options.activityBudget = kept ? .standard : .unlimited }
    if let calls = int("activityBudget") { options.activityBudget = .perMinute(calls) }
    if let allowed = bool("allowInsecureHttp") { options.allowsInsecureHTTP = allowed }
    if let suffix = string("userAgent") { options.userAgent = suffix }
    if let cache = bool("cache") { options.cache = cache ? .standard : .memory }
    if let place = string("cache") { options.cache = .init(stringLiteral: place) }
  }
}
