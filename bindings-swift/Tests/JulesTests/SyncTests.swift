// The store and the server: bringing it up to date, and how fresh it is.

import Foundation
import Jules
import JulesTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct SyncTests {
  @Test func aSyncBringsWhatIsNewAndLeavesWhatIsFresh() async throws {
    let emulator = try JulesTesting.Emulator()
    let ids = try await sessions(3, at: emulator)
    let client = try self.client(of: emulator)
    let steps = Steps()
    let report = try await client.sync(depth: .activities, onProgress: steps.add)
    #expect(report.isComplete)
    #expect((report.sessionsIngested, report.activitiesIngested) == (3, 6))
    #expect(Set(steps.all.compactMap(\.lastIngestedID)) == Set(ids))
    #expect(steps.all.contains { $0.phase == .fetchingList })
    #expect(steps.all.last { $0.phase == .hydratingActivities }?.current == 3)
    #expect(try await client.select(.sessions.select("id")).count == 3)
    let info = try await client.cacheInfo()
    #expect((info.sessions, info.activities) == (3, 6))
    let lastSynced = try #require(info.lastSynced)
    #expect(abs(lastSynced.timeIntervalSinceNow) < 3600)

    let again = try await client.sync(depth: .activities)
    #expect((again.sessionsIngested, again.sessionsSkipped) == (0, 3))
    let everything = try await client.sync(depth: .activities, incremental: false)
    #expect(everything.sessionsRefreshed == 3)
    #expect(try await client.sync(limit: 1).sessionsSkipped == 1)
  }

  @Test func oneSessionIsSyncedByItsId() async throws {
    let emulator = try JulesTesting.Emulator()
    let id = try await sessions(2, at: emulator)[0]
    let client = try self.client(of: emulator)
    let session = try client.session(id: id)
    let before = try await session.cacheInfo()
    #expect(before == SessionCacheInfo(sessionID: id, mayBeStale: true, reason: .notCached))
    #expect(try await client.sync(sessionID: id, depth: .activities).activitiesIngested == 2)
    let after = try await session.cacheInfo()
    #expect(after.activities == 2)
    #expect(after.lastSynced != nil)
    #expect(try await client.cacheInfo().sessions == 1)
  }

  @Test func aCancelledSyncKeepsWhatItHasAndGoesOnLater() async throws {
    let emulator = try JulesTesting.Emulator()
    _ = try await sessions(12, at: emulator)
    let client = try self.client(of: emulator)
    let (fetched, step) = AsyncStream.makeStream(of: Void.self)
    let syncing = Task {
      try await client.sync(depth: .activities, concurrency: 1) { progress in
        if progress.lastIngestedID != nil { step.finish() }
      }
    }
    for await _ in fetched {}
    syncing.cancel()
    await #expect(throws: CancellationError.self) { try await syncing.value }
    let report = try await client.sync(depth: .activities)
    #expect(report.isComplete)
    #expect(report.sessionsIngested < 12)
    #expect(try await client.cacheInfo().activities == 24)
  }

  @Test func badOptionsAreRefused() async throws {
    let client = try Emulator.client()
    #expect(await julesError { try await client.sync(concurrency: 0) }?.kind == "Config")
    #expect(await julesError { try await client.sync(sessionID: "404") }?.kind == "NotFound")
  }

  /// Sessions that have ended, each with two activities.
  private func sessions(_ count: Int, at emulator: JulesTesting.Emulator) async throws -> [String] {
    var ids: [String] = []
    for number in 1...count {
      let body: JSONValue = [
        "prompt": .string("Number \(number)"), "state": "COMPLETED",
        "activities": [["agentMessaged": ["agentMessage": "hello"]], ["sessionCompleted": [:]]],
      ]
      let made = try await emulator.control("POST", "sessions", body)
      ids.append(try #require(made["id"]?.stringValue))
    }
    return ids
  }

  private func client(of emulator: JulesTesting.Emulator) throws -> Jules {
    try Jules(apiKey: "test-key", baseURL: emulator.url, cache: false)
  }
}

/// Keeps steps from any thread.
private final class Steps: @unchecked Sendable {
  private let lock = NSLock()
  private var steps: [SyncProgress] = []

  @Sendable func add(_ step: SyncProgress) { lock.withLock { steps.append(step) } }

  var all: [SyncProgress] { lock.withLock { steps } }
}
