// How a queue stands.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How a ``Queue`` stands, as the cache tells it; see ``Queue/status(timeout:)``.
public struct QueueStatus: Sendable, Hashable, Codable {
  /// Tasks that no worker has started.
  public let waiting: Int
  /// Tasks whose session is being created.
  public let starting: Int
  /// Tasks whose session is at work.
  public let working: Int
  /// Tasks that wait for a person.
  public let needsPerson: Int
  /// Tasks whose session completed.
  public let done: Int
  /// Tasks whose session failed or could not be made.
  public let failed: Int
  /// Tasks that were cancelled, or whose session was stopped or deleted.
  public let cancelled: Int
  /// Whether nothing more is started.
  public let isPaused: Bool
  /// How many sessions of the account are counted as holding a slot.
  public let slotsUsed: Int
  /// How many may, where that is known.
  public let slotsLimit: Int?
  /// How many sessions of the account are counted as created within 24 hours.
  public let dayUsed: Int
  /// How many may be, where that is known.
  public let dayLimit: Int?
  /// How many workers are there, in all processes.
  public let workers: Int
  /// Finished tasks per hour, lately; absent while that can't be told.
  public let rate: Double?

  private let oldestTimestamp: Timestamp?
  private let endTimestamp: Timestamp?

  /// When the oldest task that waits was added.
  public var oldestWaiting: Date? { oldestTimestamp?.date }

  /// When all will be finished at this rate.
  public var estimatedEnd: Date? { endTimestamp?.date }

  /// A value of your own, for tests and previews.
  public init(
    waiting: Int = 0, starting: Int = 0, working: Int = 0, needsPerson: Int = 0, done: Int = 0, failed: Int = 0,
    cancelled: Int = 0, isPaused: Bool = false, slotsUsed: Int = 0, slotsLimit: Int? = nil, dayUsed: Int = 0,
    dayLimit: Int? = nil, workers: Int = 0, oldestWaiting: Date? = nil, rate: Double? = nil, estimatedEnd: Date? = nil
  ) {
    self.waiting = waiting
    self.starting = starting
    self.working = working
    self.needsPerson = needsPerson
    self.done = done
    self.failed = failed
    self.cancelled = cancelled
    self.isPaused = isPaused
    self.slotsUsed = slotsUsed
    self.slotsLimit = slotsLimit
    self.dayUsed = dayUsed
    self.dayLimit = dayLimit
    self.workers = workers
    self.rate = rate
    oldestTimestamp = oldestWaiting.map(Timestamp.init)
    endTimestamp = estimatedEnd.map(Timestamp.init)
  }

  private enum CodingKeys: String, CodingKey {
    case waiting, starting, working, needsPerson, done, failed, cancelled
    case slotsUsed, slotsLimit, dayUsed, dayLimit, workers, rate
    case isPaused = "paused"
    case oldestTimestamp = "oldestWaiting"
    case endTimestamp = "estimatedEnd"
  }
}
