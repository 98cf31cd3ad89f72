// A step of one item of a batch.

/// A step of one item of a ``Batch``.
public struct BatchProgress: Sendable, Hashable, Codable {
  /// How far an item has come.
  public enum Stage: String, Sendable, Hashable, Codable {
    // surface: cases Stage
    /// It has its place in the pool.
    case queued
    /// Its session is created.
    case started
    /// No session slot is free; it waits for one.
    case waiting
    /// It has its outcome or its error.
    case finished
    // surface: end
  }

  /// Which item, from 0.
  public let index: Int
  /// Its progress.
  public let stage: Stage
  /// Its session, once there is one.
  public let sessionID: String?
  /// How many items are finished, this one included.
  public let finished: Int

  /// A value of your own, for tests and previews.
  public init(index: Int, stage: Stage, sessionID: String? = nil, finished: Int = 0) {
    self.index = index
    self.stage = stage
    self.sessionID = sessionID
    self.finished = finished
  }

  private enum CodingKeys: String, CodingKey {
    case index, stage, finished
    case sessionID = "sessionId"
  }
}
