// Task cancellation: it reaches Rust, stops the requests, and throws CancellationError.

import Jules
import Testing

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
  @Test func cancellingAWaitStopsItsRequests() async throws {
    let session = try await Emulator.session("silent")
    let waiting = Task { try await session.result() }
    try await expectRequestsToStop(about: session) { waiting.cancel() }
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func cancellingALoopStopsItsRequests() async throws {
    let session = try await Emulator.session("silent")
    try await Emulator.append(to: session, message: "only one")
    let loop = Task {
      var seen = 0
      do {
        for try await _ in session.stream() { seen += 1 }
      } catch is CancellationError {
        return seen
      }
      return -1
    }
    try await expectRequestsToStop(about: session) { loop.cancel() }
    #expect(try await loop.value == 1)
  }

  @Test func leavingALoopStopsItsRequests() async throws {
    let session = try await Emulator.session("silent")
    try await Emulator.append(to: session, message: "enough")
    for try await _ in session.stream(follow: true) { break }
    try await expectRequestsToStop(about: session, atLeast: 1) {}
  }

  @Test func cancellingARunStopsItsRequests() async throws {
    let run = try Emulator.client().start(prompt: "[scenario:silent] wait", source: Emulator.source)
    let waiting = Task { try await run.outcome() }
    let session = try await run.session()
    try await expectRequestsToStop(about: session) { waiting.cancel() }
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func aTaskThatIsCancelledAlreadyAsksNothing() async throws {
    let session = try await Emulator.session("silent")
    let before = try await Emulator.requests(about: session)
    let cancelled = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await session.info()
    }
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    #expect(try await Emulator.requests(about: session) == before)
  }

  @Test func aClosedClientThrowsClosed() async throws {
    let client = try Emulator.client()
    let session = try await Emulator.session("silent", client: client)
    await client.close()
    await client.close()
    let error = await julesError { try await session.info() }
    #expect(error?.kind == "Closed")
  }

  /// Sees that requests come, stops what makes them, and sees that none come for 15 polling intervals.
  private func expectRequestsToStop(
    about session: Session, atLeast count: Int = 6, by stop: () -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await eventually { try await Emulator.requests(about: session) >= count }
    stop()
    try await Emulator.quiet(aboutAnyOf: [session.id], sourceLocation: sourceLocation)
  }
}
