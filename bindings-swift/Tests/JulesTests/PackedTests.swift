// The packed form in which chunks of activities cross says the same as the JSON in which single ones do.

import Foundation
import Testing

@testable import Jules

@Suite(.timeLimit(.minutes(1))) struct PackedTests {
  @Test(arguments: ["demo", "failure", "happy", "question", "repoless", "unknown"])
  func aStreamSaysTheSameAsASingleActivity(scenario: String) async throws {
    let session = try await Emulator.session(scenario)
    if scenario == "question" {
      _ = try await session.wait(for: .awaitingUserFeedback)
      try await session.send("The second one.")
    }
    let packed = try await all(session.history())
    #expect(!packed.isEmpty)
    for activity in packed {
      #expect(try await session.activities.get(activity.id) == activity)
    }
  }

  @Test func scenariosHaveEveryShapeThatIsPacked() async throws {
    var events: Set<ActivityType> = []
    var artifacts: Set<String> = []
    for scenario in ["approval", "demo", "failure", "unknown"] {
      let session = try await Emulator.session(scenario, requireApproval: scenario == "approval")
      for try await activity in session.stream() {
        events.insert(activity.type)
        artifacts.formUnion(activity.artifacts.map(\.kind))
        if activity.type == .planGenerated, scenario == "approval" { try await session.approve() }
        if activity.type == .agentMessaged, scenario == "demo", !events.contains(.userMessaged) {
          try await session.send("Which files?")
        }
      }
    }
    #expect(
      events.map(\.rawValue).sorted() == [
        "agentMessaged", "planApproved", "planGenerated", "progressUpdated", "sessionCompleted", "sessionFailed",
        "unknown",
        "userMessaged",
      ])
    #expect(artifacts.sorted() == ["bashOutput", "changeSet", "media", "unknown"])
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
