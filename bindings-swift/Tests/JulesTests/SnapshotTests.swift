// A session at one moment.

import Foundation
import Jules
import Testing

@Suite(.timeLimit(.minutes(1))) struct SnapshotTests {
  @Test func aSnapshotHasWhatCanBeDerived() async throws {
    let session = try await Emulator.session("happy")
    let activities = try await all(session.stream())
    let snapshot = try await session.snapshot()
    #expect(snapshot.id == session.id)
    #expect(snapshot.state == .completed)
    #expect(snapshot.activities == activities)
    #expect(snapshot.activityCounts.values.reduce(0, +) == activities.count)
    #expect(snapshot.activityCounts[.planGenerated] == 1)
    #expect(snapshot.timeline.map(\.type) == activities.map(\.type))
    #expect(snapshot.timeline.compactMap(\.time).count == activities.count)
    #expect(snapshot.insights.completionAttempts == 1)
    #expect(snapshot.duration > .zero)
    let outcome = try await session.result()
    #expect(snapshot.changeSet() == outcome.changeSet())
    #expect(snapshot.generatedFiles == outcome.generatedFiles())
    #expect(snapshot.pullRequest == outcome.pullRequest)
    #expect(snapshot.toMarkdown().hasPrefix("# Test happy"))
  }

  @Test func aFailedCommandStandsOut() async throws {
    let session = try await Emulator.session("demo")
    let activity = try await first(of: session.stream(types: [.progressUpdated]))
    let failed = try await session.snapshot().insights.failedCommands
    #expect(failed.map(\.command) == ["npm test"])
    #expect(failed.first?.exitCode == 1)
    #expect(failed.first?.activityID == activity.id)
    #expect(failed.first?.time == activity.createTime)
  }

  @Test func itsJSONHasTheFieldsThatAreAskedFor() async throws {
    let session = try await Emulator.session("quick")
    _ = try await session.result()
    let snapshot = try await session.snapshot(cached: true)
    #expect(try snapshot.toJSON(include: ["id", "state"]) == ["id": .string(session.id), "state": "completed"])
    let whole = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(snapshot))
    #expect(try snapshot.toJSON() == whole)
    #expect(try snapshot.toJSON(exclude: ["activities"])["activities"] == nil)
    let error = julesError { try snapshot.toJSON(include: ["titel"]) }
    #expect(error?.kind == "Query")
    #expect(error?.message.contains("title") == true)
  }

  private func first(of stream: ActivityStream) async throws -> Activity {
    for try await activity in stream { return activity }
    throw CancellationError()
  }
}
