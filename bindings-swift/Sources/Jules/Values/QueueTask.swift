// A task of a queue, as it was when it was read.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A task of a ``Queue``, as it was when it was read. Times are of the cache's clock.
public struct QueueTask: Sendable, Hashable, Identifiable {
  /// The state of a task. Words that this version doesn't know are kept in ``other(_:)``.
  public enum State: Sendable, Hashable {
    /// No worker has started it.
    case waiting
    /// A worker has it; its session is being created.
    case starting
    /// Its session is at work.
    case working
    /// Its session waits for a person: for an approval, an answer, or to be resumed.
    case needsPerson
    /// Its session completed.
    case done
    /// Its session failed or could not be created.
    case failed
    /// It was cancelled, or its session was stopped or deleted.
    case cancelled
    /// A word that this version doesn't know.
    case other(String)
  }

  /// Its name, the same wherever it is asked for.
  public let key: String
  /// The name of the queue that it is in.
  public let queue: String
  /// Where it is.
  public let state: State
  /// The latest session that was made for it.
  public let sessionID: String?
  /// How many sessions were made for it.
  public let attempts: Int
  /// Higher ones go first.
  public let priority: Int
  /// The worker that took it last.
  public let worker: String?
  /// How its session ended.
  public let outcome: Outcome?
  /// The plan that waits for an approval.
  public let plan: Plan?
  /// What the agent asks.
  public let question: String?

  private let createTimestamp: Timestamp
  private let notBeforeTimestamp: Timestamp?
  private let startTimestamp: Timestamp?
  private let endTimestamp: Timestamp?
  private let errorFields: JSONValue?
  private var owner = Aside<Client?>(value: nil)

  /// A value of your own, for tests and previews.
  public init(
    key: String, queue: String = "", state: State = .waiting, sessionID: String? = nil, attempts: Int = 0,
    priority: Int = 0, createTime: Date = Date(), notBefore: Date? = nil, startTime: Date? = nil,
    endTime: Date? = nil, worker: String? = nil, outcome: Outcome? = nil, error: JulesError? = nil, plan: Plan? = nil,
    question: String? = nil
  ) {
    self.key = key
    self.queue = queue
    self.state = state
    self.sessionID = sessionID
    self.attempts = attempts
    self.priority = priority
    self.worker = worker
    self.outcome = outcome
    self.plan = plan
    self.question = question
    createTimestamp = Timestamp(createTime)
    notBeforeTimestamp = notBefore.map(Timestamp.init)
    startTimestamp = startTime.map(Timestamp.init)
    endTimestamp = endTime.map(Timestamp.init)
    errorFields = error?.fields
  }

  /// Its key.
  public var id: String { key }

  /// When it was added.
  public var createTime: Date? { createTimestamp.date }

  /// It isn't started earlier.
  public var notBefore: Date? { notBeforeTimestamp?.date }

  /// When a worker first began with it.
  public var startTime: Date? { startTimestamp?.date }

  /// When it was finished.
  public var endTime: Date? { endTimestamp?.date }

  /// Why it has no outcome.
  public var error: JulesError? {
    errorFields.map { JulesError(fields: $0.description) }
  }

  /// Its latest session: to read it, answer it, approve its plan or stop it. No request is made.
  ///
  /// - Throws: ``JulesError/notFound(_:)`` while there is none, ``JulesError/config(_:)`` for a task that was made or decoded
  ///   here and has no client: ``Jules/session(id:)`` has its session.
  public func session() throws -> Session {
    guard let client = owner.value else {
      throw JulesError.config(.init(message: "this task has no client; jules.session(id:) has its session"))
    }
    return Session(try direct { try client.taskSession(key: key, sessionId: sessionID) })
  }

  func of(_ client: Client) -> Self {
    var task = self
    task.owner = Aside(value: client)
    return task
  }
}

extension QueueTask: Codable {
  private enum CodingKeys: String, CodingKey {
    case key, queue, state, attempts, priority, worker, outcome, plan, question
    case sessionID = "sessionId"
    case createTimestamp = "createTime"
    case notBeforeTimestamp = "notBefore"
    case startTimestamp = "startTime"
    case endTimestamp = "endTime"
    case errorFields = "error"
  }
}

extension QueueTask.State: RawRepresentable, Codable {
  private static let known: [Self] = [.waiting, .starting, .working, .needsPerson, .done, .failed, .cancelled]

  /// The state of this name, such as `"needsPerson"`.
  public init(rawValue: String) {
    self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue)
  }

  /// The name, the same in every language: `"needsPerson"`.
  public var rawValue: String {
    switch self {
    case .waiting: "waiting"
    case .starting: "starting"
    case .working: "working"
    case .needsPerson: "needsPerson"
    case .done: "done"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .other(let word): word
    }
  }
}

extension QueueTask.State: CustomStringConvertible {
  /// The name, the same in every language.
  public var description: String { rawValue }
}
