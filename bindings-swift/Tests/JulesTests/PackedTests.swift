// The packed form in which chunks of activities cross says the same as the JSON in which single ones do.

import Foundation
import Testing

@testable import Jules

@Suite(.timeLimit(.minutes(1))) struct PackedTests {
  @Test func everyShapeSaysTheSameAsInJSON() async throws {
    var events: Set<ActivityType> = []
    var artifacts: Set<String> = []
    for scenario in ["approval", "demo", "failure", "unknown"] {
      let session = try await Emulator.session(scenario, requireApproval: scenario == "approval")
      for activity in try await lead(session, approving: scenario == "approval") {
        events.insert(activity.type)
        artifacts.formUnion(activity.artifacts.map(\.kind))
        #expect(try await session.activities.get(activity.id) == activity)
      }
    }
    // Nothing that has a packed form was left out.
    #expect(
      events == [
        .agentMessaged, .userMessaged, .planGenerated, .planApproved, .progressUpdated, .sessionCompleted,
        .sessionFailed, .unknown,
      ])
    #expect(artifacts == ["bashOutput", "changeSet", "media", "unknown"])
  }

  /// All activities of a session that is led to its end.
  private func lead(_ session: Session, approving: Bool) async throws -> [Activity] {
    var activities: [Activity] = []
    for try await activity in session.stream() {
      activities.append(activity)
      if approving, activity.type == .planGenerated { try await session.approve() }
      if activity.message?.hasPrefix("Is there anything") == true { try await session.send("No, thank you.") }
    }
    return activities
  }

  @Test(
    arguments: [
      [], [1], [1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 9], [255, 255, 255, 255, 255, 255, 255, 255],
      [1, 0, 0, 0, 0, 0, 0, 0, 6, 255, 255, 255, 255, 255, 255, 255, 127],
    ] as [[UInt8]])
  func whatIsTornIsAnError(bytes: [UInt8]) {
    #expect(julesError { try [Activity](packed: Data(bytes)) }?.kind == "Decode")
  }
}

extension Artifact {
  fileprivate var kind: String {
    switch self {
    case .changeSet: "changeSet"
    case .bashOutput: "bashOutput"
    case .media: "media"
    case .unknown: "unknown"
    }
  }
}
