// What the account uses of its plan.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the account uses of its plan; see ``Jules/quota(timeout:)``.
public struct Quota: Sendable, Hashable, Codable {
  /// How many sessions hold a slot.
  public let slotsUsed: Int
  /// How many may, where that is known from an option or from refusals.
  public let slotsLimit: Int?
  /// How many sessions were created within the last 24 hours, failed ones too.
  public let dayUsed: Int
  /// How many may be, where that is known.
  public let dayLimit: Int?
  /// The sessions that hold a slot, the oldest first.
  public let holding: [Holding]

  private let nextTimestamp: Timestamp?

  /// When the next create is likely to pass, where the day's limit is what is in its way.
  public var nextAt: Date? { nextTimestamp?.date }

  /// A session that holds a slot.
  public struct Holding: Sendable, Hashable, Codable {
    /// The session.
    public let sessionID: String
    /// Why it holds one: it is at work, waits for a person, or is paused.
    public let state: SessionState

    private let sinceTimestamp: Timestamp?

    /// Since when: its creation, by the server's clock.
    public var since: Date? { sinceTimestamp?.date }

    /// A value of your own, for tests and previews.
    public init(sessionID: String, state: SessionState, since: Date? = nil) {
      self.sessionID = sessionID
      self.state = state
      self.sinceTimestamp = since.map(Timestamp.init)
    }

    private enum CodingKeys: String, CodingKey {
      case state
      case sessionID = "sessionId"
      case sinceTimestamp = "since"
    }
  }

  /// A value of your own, for tests and previews.
  public init(
    slotsUsed: Int = 0, slotsLimit: Int? = nil, dayUsed: Int = 0, dayLimit: Int? = nil, holding: [Holding] = [],
    nextAt: Date? = nil
  ) {
    self.slotsUsed = slotsUsed
    self.slotsLimit = slotsLimit
    self.dayUsed = dayUsed
    self.dayLimit = dayLimit
    self.holding = holding
    self.nextTimestamp = nextAt.map(Timestamp.init)
  }

  private enum CodingKeys: String, CodingKey {
    case slotsUsed, slotsLimit, dayUsed, dayLimit, holding
    case nextTimestamp = "nextAt"
  }
}
