// Keys and queues: what was asked once is one session, and each task is brought to its outcome by whoever works.

import Foundation
import Jules
import JulesTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct QueueTests {
  @Test func aKeyIsOneSessionInEveryClientOfTheStore() async throws {
    try await inPlace { place in
      let outcome = try await place.client().run(prompt: "[scenario:quick] Keyed", key: "order-1")
      #expect(try await place.client().run(prompt: "[scenario:quick] Keyed", key: "order-1") == outcome)
      let error = await julesError { try await place.client().run(prompt: "Something else", key: "order-1") }
      #expect(error?.kind == "Config")
      #expect(error?.field == "prompt")
      let session = try await place.client().createSession(prompt: "[scenario:silent] Wait", key: "order-2")
      #expect(try await place.client().createSession(prompt: "[scenario:silent] Wait", key: "order-2") == session)
    }
  }

  @Test func tasksAreAddedOnceAndWorkedOff() async throws {
    try await inPlace { place in
      let queue = try place.queue()
      let added = try await queue.addAll(["a", "b", "c"], task: quick)
      #expect(added == .init(added: 3))
      let known = try await place.queue().add(quick("a"))
      #expect((known.key, known.queue, known.state, known.attempts) == ("a", queue.name, .waiting, 0))
      #expect(
        try await queue.addAll(["a"]) { TaskConfig(RunConfig(prompt: "Other"), key: $0) }.conflicts == [
          .init(key: "a", field: "prompt")
        ])
      var keys: [String] = []
      for try await one in queue.work() {
        #expect(one.error == nil)
        #expect((one.task.state, one.outcome?.state) == (.done, .completed))
        #expect(one.task.outcome == one.outcome)
        #expect(try one.task.session().id == one.outcome?.sessionID)
        keys.append(one.key)
      }
      #expect(keys.sorted() == ["a", "b", "c"])
      #expect(try await all(place.queue().results()).map(\.key).sorted() == ["a", "b", "c"])
      let status = try await queue.status()
      #expect((status.done, status.waiting, status.workers, status.isPaused) == (3, 0, 0, false))
      #expect(try await queue.work().finished().isEmpty)
    }
  }

  @Test func whoeverLeavesTheLoopIsFollowed() async throws {
    try await inPlace { place in
      let queue = try place.queue()
      try await queue.addAll(1...4) { quick("\($0)") }
      var keys: [String] = []
      for try await one in queue.work(concurrency: 1) {
        keys.append(one.key)
        break
      }
      try await expectGone(queue)
      keys += try await place.queue().work().finished().map(\.key)
      #expect(Set(keys).count == keys.count)
      let results = try await all(queue.results())
      #expect(results.map(\.key).sorted() == ["1", "2", "3", "4"])
      #expect(Set(results.map(\.sessionID)).count == 4)
    }
  }

  @Test func cancellingTheTaskStopsTheWork() async throws {
    try await inPlace { place in
      let queue = try place.queue()
      try await queue.add(RunConfig(prompt: "[scenario:silent] Wait"), key: "silent")
      let working = Task { try await all(queue.work()) }
      try await eventually { try await queue.task("silent").state == .working }
      working.cancel()
      await #expect(throws: CancellationError.self) { try await working.value }
      try await expectGone(queue)
      #expect(try await queue.task("silent").state == .working)
    }
  }

  @Test func aClosureDecidesAboutPlansAndTheOthersWaitForAPerson() async throws {
    try await inPlace { place in
      let queue = try place.queue()
      try await queue.addAll(["yes", "no"]) {
        TaskConfig(RunConfig(prompt: "[scenario:approval] \($0)", requireApproval: true), key: $0)
      }
      let approve = Approval.asking { task, plan in task.key == "yes" && !plan.steps.isEmpty }
      var keys: [String] = []
      for try await one in queue.work(approve: approve) {
        #expect(one.task.state == .done)
        keys.append(one.key)
        guard one.key == "yes" else { continue }
        var waiting: [QueueTask] = []
        try await eventually {
          waiting = try await all(place.queue().waitingForPerson())
          return !waiting.isEmpty
        }
        let task = try #require(waiting.first)
        #expect((task.key, task.state, task.plan?.steps.isEmpty) == ("no", .needsPerson, false))
        try await task.session().approve()
      }
      #expect(keys == ["yes", "no"])
    }
  }

  @Test func whatTheClosureThrowsEndsTheWork() async throws {
    try await inPlace { place in
      struct Undecided: Error {}
      let queue = try place.queue()
      try await queue.add(RunConfig(prompt: "[scenario:approval] Plan", requireApproval: true), key: "plan")
      await #expect(throws: Undecided.self) {
        for try await _ in queue.work(approve: .asking { _, _ in throw Undecided() }) {}
      }
      try await expectGone(queue)
      #expect(try await queue.task("plan").state == .needsPerson)
      #expect(try await all(queue.work(approve: .all)).map(\.task.state) == [.done])
    }
  }

  @Test func aTaskTellsWhyItFailedAndIsCodable() async throws {
    try await inPlace { place in
      let queue = try place.queue()
      try await queue.add(RunConfig(prompt: "x", source: .github("octocat/nowhere")), key: "bad")
      let result = try #require(try await all(queue.work()).first)
      #expect(result.error?.kind == "SourceNotFound")
      let task = try await queue.task("bad")
      #expect((task.state, task.error?.kind, task.outcome) == (.failed, "SourceNotFound", nil))
      let copy = try JSONDecoder().decode(QueueTask.self, from: JSONEncoder().encode(task))
      #expect(copy == task)
      #expect(julesError { try task.session() }?.kind == "NotFound")
      #expect(julesError { try copy.session() }?.kind == "Config")
    }
  }

  @Test func tasksArePausedCancelledAndLookedAt() async throws {
    try await inPlace { place in
      let queue = try place.queue()
      try await queue.pause()
      let later = Date(timeIntervalSince1970: 4_070_908_800)
      let task = try await queue.add(
        quick("a").run, key: "b", priority: 2, notBefore: later, maxAttempts: 3, retryOn: .any)
      #expect((task.priority, task.notBefore) == (2, later))
      #expect(try await queue.status().isPaused)
      try await queue.resume()
      #expect(try await queue.cancel("b").state == .cancelled)
      #expect(try await all(queue.tasks(in: [.waiting, .working])).isEmpty)
      #expect(try await all(queue.tasks()).map(\.key) == ["b"])
      #expect(await julesError { try await queue.cancel("nobody’s") }?.kind == "NotFound")
    }
  }

  @Test func whatMakesNoSenseIsAConfigError() async throws {
    try await inPlace { place in
      #expect(julesError { try place.client().queue("") }?.kind == "Config")
      #expect(julesError { try place.client().queue("q", slots: -1) }?.field == "slots")
      let queue = try place.queue()
      #expect(await julesError { try await all(queue.work(concurrency: 0)) }?.kind == "Config")
      #expect(await julesError { try await all(queue.work(approve: .init(rule: "some"))) }?.field == "approve")
      #expect(await julesError { try await all(queue.tasks(in: [.other("finished")])) }?.kind == "Config")
      #expect(await julesError { try await queue.add(RunConfig(prompt: "x")) }?.field == "key")
      #expect(
        await julesError { try await queue.add(RunConfig(prompt: "x"), key: "a", maxAttempts: 0) }?.field
          == "maxAttempts")
    }
  }

  private func quick(_ key: String) -> TaskConfig {
    TaskConfig(RunConfig(prompt: "[scenario:quick] \(key)"), key: key)
  }

  /// No worker is left, and soon: a lease that isn't given back lives for five seconds.
  private func expectGone(_ queue: Queue) async throws {
    let begin = ContinuousClock.now
    try await eventually { try await queue.status().workers == 0 }
    #expect(ContinuousClock.now - begin < .seconds(4))
  }
}

/// An emulator of this suite's own: what other tests leave at work would hold slots.
private let emulator = Result { try JulesTesting.Emulator() }

/// A store of a test's own.
private struct Place: Sendable {
  let folder: URL

  func client() throws -> Jules {
    try Jules(
      apiKey: "test-key", baseURL: emulator.get().url, pollingInterval: .milliseconds(20),
      cache: .directory(folder),
      activityBudget: false)
  }

  func queue() throws -> Queue { try client().queue("q") }
}

private func inPlace(_ work: (Place) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "jules-queue-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try await work(Place(folder: folder))
}
