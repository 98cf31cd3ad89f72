// How waiting goes together with Swift's concurrency: no thread is held, sequences pull, groups cancel.

import Jules
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConcurrencyTests {
  /// Swift has as many threads for tasks as there are cores, so 200 waits that held theirs would leave none.
  @Test func waitingHoldsNoThread() async throws {
    let client = try Emulator.client(pollingInterval: .seconds(1))
    let session = try await Emulator.session("silent", client: client)
    let waits = (1...200).map { number in
      Task {
        if number.isMultiple(of: 2) { return _ = try await session.result() }
        for try await _ in session.stream() {}
      }
    }
    try await eventually { try await Emulator.requests(about: session) >= 2 }
    #expect(await Task { 6 * 7 }.value == 42)
    #expect(try await Emulator.client().run(prompt: "[scenario:quick] Go").state == .completed)
    for wait in waits { wait.cancel() }
    for wait in waits { await #expect(throws: CancellationError.self) { try await wait.value } }
  }

  @Test func aSequenceAsksOnlyForWhatIsPulled() async throws {
    let client = try Emulator.client()
    for _ in 1...4 { _ = try await Emulator.session("quick") }
    var sessions = client.sessions(pageSize: 1).makeAsyncIterator()
    #expect(client.metrics().requests == 0)
    for asked in 1...3 {
      #expect(try await sessions.next() != nil)
      try await Emulator.aSessionPasses()
      #expect(client.metrics().requests == asked)
    }
  }

  @Test func aSlowReaderMissesNothing() async throws {
    let session = try await Emulator.session("silent")
    var stream = session.stream().makeAsyncIterator()
    for number in 1...3 {
      try await Emulator.append(to: session, message: "\(2 * number)")
      try await Emulator.append(to: session, message: "\(2 * number + 1)")
      #expect(try await stream.next()?.message == "\(number + 1)")
    }
  }

  @Test func aGroupFollowsManySessionsAndOneErrorStopsThemAll() async throws {
    struct Enough: Error {}
    let client = try Emulator.client()
    let sessions = try await withThrowingTaskGroup(of: Session.self) { group in
      for _ in 1...6 { group.addTask { try await Emulator.session("silent", client: client) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let ids = sessions.map(\.id)
    await #expect(throws: Enough.self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for session in sessions { group.addTask { for try await _ in session.stream() {} } }
        try await eventually { try await Emulator.requests(aboutAnyOf: ids) >= 12 }
        throw Enough()
      }
    }
    try await Emulator.quiet(aboutAnyOf: ids)
  }

  @MainActor @Test func aLoopStaysOnTheActorThatItBeganOn() async throws {
    var seen: [ActivityType] = []
    for try await activity in try await Emulator.session("quick").stream() {
      MainActor.assertIsolated()
      seen.append(activity.type)
    }
    #expect(seen == [.agentMessaged, .sessionCompleted])
  }
}
