// What a client has done, in numbers.

/// What a client has counted since it was made; see ``Jules/metrics()``.
public struct Metrics: Sendable, Hashable, Codable {
  /// Requests that were sent, retries included.
  public let requests: Int
  /// Bytes of answers' bodies, after decompression.
  public let bytes: Int
  /// Requests that were sent again.
  public let retries: Int
  /// Answers that asked to slow down (429).
  public let throttles: Int
  /// New activities that were written to the cache.
  public let activities: Int

  /// A value of your own, for tests and previews.
  public init(requests: Int = 0, bytes: Int = 0, retries: Int = 0, throttles: Int = 0, activities: Int = 0) {
    self.requests = requests
    self.bytes = bytes
    self.retries = retries
    self.throttles = throttles
    self.activities = activities
  }
}
