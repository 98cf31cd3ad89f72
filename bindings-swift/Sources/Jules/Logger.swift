// Who gets a client's log lines.

internal import JulesGlue

extension Jules {
  /// Takes log lines, on any thread; should be quick. Never a key, a prompt or a message is in them.
  ///
  /// ```swift
  /// let jules = try Jules(logger: Jules.Logger { line in
  ///   if line.level != .debug { print(line.level, line.message, line.fields["session"] ?? "") }
  /// })
  /// ```
  public final class Logger: Sendable, Hashable {
    let call: @Sendable (LogLine) -> Void

    /// A logger that calls this for each line.
    public init(_ call: @escaping @Sendable (LogLine) -> Void) { self.call = call }

    /// Two loggers are the same when they are one.
    public static func == (one: Logger, other: Logger) -> Bool { one === other }

    /// By its identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
  }

  /// A line of the log.
  public struct LogLine: Sendable, Hashable {
    /// How severe it is.
    public enum Level: String, Sendable, Hashable {
      /// For debugging: each request.
      case debug
      /// What happens now and then: a wait, a retry.
      case info
      /// Something unexpected that was recovered from.
      case warning
      /// Something that can't be recovered from.
      case error
    }

    /// How severe it is.
    public let level: Level
    /// Which part of the client says it, such as `jules::http`.
    public let target: String
    /// What happened.
    public let message: String
    /// What belongs to it: `operation`, `session`, `method`, `path`, `status`, `milliseconds`, `attempt`, `requestId` …
    public let fields: [String: String]

    /// A value of your own, for tests.
    public init(level: Level, target: String, message: String, fields: [String: String] = [:]) {
      self.level = level
      self.target = target
      self.message = message
      self.fields = fields
    }
  }
}

/// Passes the lines of Rust on.
final class LogRelay: LogListener {
  private let logger: Jules.Logger

  init(_ logger: Jules.Logger) { self.logger = logger }

  func log(level: String, target: String, message: String, fields: [String: String]) {
    let level = level == "warn" ? .warning : Jules.LogLine.Level(rawValue: level) ?? .debug
    logger.call(.init(level: level, target: target, message: message, fields: fields))
  }
}
