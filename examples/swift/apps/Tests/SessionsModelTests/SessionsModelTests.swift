// The model of the menu bar, against the emulator of the whole run.

import Foundation
import Jules
import Observation
import SessionsModel
import Testing

@MainActor @Suite(.timeLimit(.minutes(1))) struct SessionsModelTests {
  @Test func aSessionIsWatchedApprovedAndEnds() async throws {
    let jules = try client()
    let session = try await jules.createSession(prompt: "[scenario:approval] Go", title: "Watched")
    let model = SessionsModel(jules: jules, shown: 20)
    let watching = Task { await model.watch() }
    try await becomes { model.entry(session)?.state == .awaitingPlanApproval }
    #expect(model.waiting >= 1)
    #expect(model.entry(session)?.latest.hasPrefix("Plan with") == true)
    await model.approve(try #require(model.entry(session)))
    try await becomes { model.entry(session)?.state == .completed }
    #expect(model.entry(session)?.title == "Watched")
    #expect(model.problem == nil)
    watching.cancel()
    await watching.value
    #expect(model.problem == nil)
  }

  @Test func aProblemIsShownInWords() async throws {
    let jules = try client(key: "wrong-key")
    let model = SessionsModel(jules: jules)
    await model.watch()
    #expect(model.entries.isEmpty)
    #expect(model.problem?.contains("key") == true)
  }

  private func client(key: String = "test-key") throws -> Jules {
    try Jules(apiKey: key, pollingInterval: .milliseconds(20), cache: false)
  }

  /// Waits until something holds, looking again whenever what it looked at has changed.
  private func becomes(_ holds: @escaping () -> Bool) async throws {
    while true {
      let (changes, change) = AsyncStream.makeStream(of: Void.self)
      if withObservationTracking(holds, onChange: { change.finish() }) { return }
      for await _ in changes {}
      try Task.checkCancellation()
    }
  }
}

extension SessionsModel {
  fileprivate func entry(_ session: Session) -> Entry? { entries.first { $0.id == session.id } }
}
