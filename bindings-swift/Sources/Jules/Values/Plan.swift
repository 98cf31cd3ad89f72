// What the agent means to do.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the agent means to do, step by step.
public struct Plan: Sendable, Hashable, Identifiable, Codable {
  /// Unique within the session.
  public let id: String
  /// The steps, in order.
  public let steps: [PlanStep]

  let createTimestamp: Timestamp?

  /// A value of your own, for tests and previews.
  public init(id: String, steps: [PlanStep], createTime: Date? = nil) {
    self.id = id
    self.steps = steps
    createTimestamp = createTime.map(Timestamp.init)
  }

  /// When it was made, by the server's clock.
  public var createTime: Date? { createTimestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case id, steps
    case createTimestamp = "createTime"
  }
}

/// One step of a ``Plan``.
public struct PlanStep: Sendable, Hashable, Identifiable, Codable {
  /// Unique within its plan.
  public let id: String
  /// What the step is about, in a few words.
  public let title: String
  /// Details.
  public let description: String?
  /// Its place in the plan, from 0.
  public let index: Int

  /// A value of your own, for tests and previews.
  public init(id: String, title: String, description: String? = nil, index: Int) {
    self.id = id
    self.title = title
    self.description = description
    self.index = index
  }
}
