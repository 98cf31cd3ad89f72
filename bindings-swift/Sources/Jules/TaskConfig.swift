// What is added to a queue.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A task to be added to a ``Queue``.
public struct TaskConfig: Sendable, Hashable, Codable {
  /// After which failures of its session a task is started again, as long as it has attempts left.
  public struct RetryOn: RawRepresentable, Sendable, Hashable, Codable {
    /// The name, the same in every language.
    public let rawValue: String

    /// The failures of this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Those that the service says were its own.
    public static let service = Self(rawValue: "service")
    /// All.
    public static let any = Self(rawValue: "any")
  }

  /// What its session is to do, with the defaults of ``Jules/run(_:timeout:)``. `waitForSlot` and `retryFailed` don't apply
  /// here, and are refused.
  public var run: RunConfig
  /// Higher ones go first; 0.
  public var priority: Int
  /// It isn't started earlier; absent, as soon as there is room.
  public var notBefore: Date?
  /// How many sessions may be started for it; absent, one.
  public var maxAttempts: Int?
  /// After which failures it is started again; absent, ``RetryOn/service``.
  public var retryOn: RetryOn?

  /// A task.
  ///
  /// - Parameters:
  ///   - run: What its session is to do.
  ///   - key: Its name of your own, 1 to 256 characters, by what makes it one of a kind, such as an issue's number: no other
  ///     task and no run of the account has it.
  ///   - priority: Higher ones go first; 0.
  ///   - notBefore: It isn't started earlier; absent, as soon as there is room.
  ///   - maxAttempts: How many sessions may be started for it; one.
  ///   - retryOn: After which failures it is started again; ``RetryOn/service``.
  public init(
    _ run: RunConfig, key: String, priority: Int = 0, notBefore: Date? = nil, maxAttempts: Int? = nil,
    retryOn: RetryOn? = nil
  ) {
    self.init(run, priority: priority, notBefore: notBefore, maxAttempts: maxAttempts, retryOn: retryOn)
    self.run.key = key
  }

  /// A task with the key that `run` has, which it must have.
  public init(
    _ run: RunConfig, priority: Int = 0, notBefore: Date? = nil, maxAttempts: Int? = nil, retryOn: RetryOn? = nil
  ) {
    self.run = run
    self.priority = priority
    self.notBefore = notBefore
    self.maxAttempts = maxAttempts
    self.retryOn = retryOn
  }
}

extension TaskConfig {
  /// The form in which it crosses the boundary.
  func wire() throws -> JulesGlue.TaskConfig {
    JulesGlue.TaskConfig(
      run: try run.wire(), priority: Int64(priority), notBefore: notBefore.map { Timestamp($0).text },
      maxAttempts: try whole(maxAttempts, "maxAttempts"), retryOn: retryOn?.rawValue)
  }
}
