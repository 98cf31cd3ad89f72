// Many sessions, a few at a time.

import Foundation
import Jules
import JulesTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct AllTests {
  @Test func outcomesComeInTheOrderOfTheItems() async throws {
    let outcomes = try await Emulator.client().all(0..<7, concurrency: 4) { quick($0) }.outcomes()
    #expect(outcomes.map(\.title) == (0..<7).map(String.init))
  }

  @Test func aLoopGetsItemsAsTheyFinish() async throws {
    let (client, steps) = (try Emulator.client(), Steps())
    let scenarios = ["approval", "quick", "quick"]
    let batch = client.all(scenarios, onProgress: steps.add) {
      RunConfig(prompt: "[scenario:\($0)] Go", requireApproval: $0 == "approval")
    }
    var order: [Int] = []
    for try await one in batch {
      #expect(one.item == scenarios[one.index])
      #expect(one.outcome?.state == .completed)
      #expect(one.error == nil)
      order.append(one.index)
      guard order.count == 2 else { continue }
      // Only now can the first one go on.
      let first = try client.session(id: try #require(steps.session(of: 0)))
      try await first.wait(for: .awaitingPlanApproval)
      try await first.approve()
    }
    #expect(order.sorted() == [0, 1, 2])
    #expect(order.last == 0)
  }

  @Test func theFirstItemThatCannotBeRunEndsItAndTellsOfTheOthers() async throws {
    let (asked, steps) = (Counter(), Steps())
    let batch = try Emulator.client().all(0..<1000, concurrency: 2, onProgress: steps.add) { number in
      asked.add()
      guard number == 2 else {
        return RunConfig(prompt: number == 0 ? "[scenario:quick] Go" : "[scenario:silent] Wait")
      }
      // By then there is something to tell.
      try await eventually { steps.have(.finished, of: 0) && steps.have(.started, of: 1) }
      return RunConfig(prompt: "Never", source: .github("nobody/nothing"))
    }
    let error = await julesError { try await batch.outcomes() }
    #expect(error?.kind == "SourceNotFound")
    let others = try #require(error?.results)
    #expect(others.map(\.index) == [0, 1])
    #expect(others.map(\.sessionID) == (0...1).map { steps.session(of: $0) })
    guard case .finished(let outcome) = others.first?.status else {
      Issue.record("not finished: \(others)")
      return
    }
    #expect(outcome.sessionID == others.first?.sessionID)
    #expect(others.last?.status == .running)
    #expect(asked.value == 3)
  }

  @Test func whatTheClosureThrowsIsWhatTheUserGets() async throws {
    struct NoPrompt: Error, Equatable { let number: Int }
    let batch = try Emulator.client().all(0..<5, concurrency: 1) { number in
      if number == 2 { throw NoPrompt(number: number) }
      return quick(number)
    }
    await #expect(throws: NoPrompt(number: 2)) { try await batch.outcomes() }

    var ends: [String] = []
    for try await one in batch {
      ends.append(one.outcome?.title ?? "\(one.error as? NoPrompt == NoPrompt(number: one.item))")
    }
    #expect(ends == ["0", "1", "true"])
  }

  @Test func settledLosesNothingThatSucceeded() async throws {
    let results = try await Emulator.client().all(0..<6, concurrency: 3) { number in
      var config = quick(number)
      if number == 1 { throw CocoaError(.featureUnsupported) }
      if number == 3 { config.source = .github("nobody/nothing") }
      return config
    }.settled()
    let ends = results.map { result in
      switch result {
      case .success(let outcome): outcome.title
      case .failure(let error as JulesError): error.kind
      case .failure(let error): "\(type(of: error))"
      }
    }
    #expect(ends == ["0", "CocoaError", "2", "SourceNotFound", "4", "5"])
  }

  @Test func cancellingTheTaskStopsIt() async throws {
    let started = Counter()
    let title = "cancelled \(UUID())"
    let batch = try Emulator.client().all(0..<100, concurrency: 2) { _ in
      started.add()
      return RunConfig(prompt: "[scenario:silent] Wait", title: title)
    }
    let waiting = Task { try await batch.outcomes() }
    try await eventually { try await Emulator.sessions(titled: title).count == 2 }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    try await expectSilence(about: title)
    #expect(started.value == 2)
  }

  @Test func leavingTheLoopStopsIt() async throws {
    let started = Counter()
    let title = "left \(UUID())"
    let batch = try Emulator.client().all(0..<100, concurrency: 2) { number in
      started.add()
      return RunConfig(prompt: "[scenario:\(number == 0 ? "quick" : "silent")] Wait", title: title)
    }
    for try await one in batch {
      #expect(one.index == 0)
      break
    }
    try await expectSilence(about: title)
    #expect(started.value <= 3)
  }

  @Test func aClosureThatEndsAfterTheLoopStartsNothing() async throws {
    let title = "too late \(UUID())"
    let (asked, entered) = AsyncStream.makeStream(of: Void.self)
    let (gate, release) = AsyncStream.makeStream(of: Void.self)
    let batch = try Emulator.client().all([1]) { _ in
      entered.finish()
      // It does not obey cancellation: only the gate ends it.
      await Task.detached { for await _ in gate {} }.value
      return RunConfig(prompt: "[scenario:quick] Go", title: title)
    }
    let waiting = Task { try await batch.outcomes() }
    for await _ in asked {}
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    release.finish()
    try await Emulator.aSessionPasses()
    #expect(try await Emulator.sessions(titled: title).isEmpty)
  }

  @Test(arguments: ["resourceExhausted", "failedPrecondition"])
  func aFullServerIsWaitedFor(answer: String) async throws {
    let emulator = try JulesTesting.Emulator(speed: 4, arguments: ["--concurrent", "1"])
    try await emulator.control("PATCH", "config", ["limitAnswer": .string(answer)])
    let client = try Jules(
      apiKey: "test-key", baseURL: emulator.url, pollingInterval: .milliseconds(20), cache: false)
    let stages = Steps()
    let outcomes = try await client.all(0..<4, concurrency: 3, onProgress: stages.add) { number in
      RunConfig(prompt: "[scenario:happy] Number \(number)", title: "\(number)")
    }.outcomes()
    #expect(outcomes.map(\.title) == ["0", "1", "2", "3"])
    #expect(stages.all.contains { $0.stage == .waiting })
  }

  @Test func untilCreatedGivesSessionsThatHaveNotEnded() async throws {
    let batch = try Emulator.client().all(0..<2, concurrency: 2, until: .created) { number in
      RunConfig(prompt: "[scenario:silent] Wait", title: "\(number)")
    }
    let sessions = try await batch.sessions(timeout: .seconds(20))
    for (number, session) in sessions.enumerated() {
      let info = try await session.info()
      #expect(info.title == "\(number)")
      #expect(info.state != .completed)
    }
    var created: [Int: String] = [:]
    for try await one in batch { created[one.index] = one.session?.id }
    #expect(created.keys.sorted() == [0, 1])
    #expect(try await batch.settled().compactMap { try? $0.get().id }.count == 2)
  }

  @Test func whoWaitsForApprovalsThatNobodyCanGiveIsTold() async throws {
    let batch = try Emulator.client().all(0..<3, concurrency: 1, until: .created) { _ in
      RunConfig(prompt: "[scenario:approval] Go", requireApproval: true)
    }
    let error = await julesError { try await batch.sessions() }
    #expect(error?.kind == "Config")
    #expect(error?.index == 1)
  }

  @Test func anErrorSaysWhichItemItWas() async throws {
    let batch = try Emulator.client().all(0..<3, concurrency: 1) { number in
      number == 1 ? RunConfig(prompt: "x", source: .github("nobody/nothing")) : quick(number)
    }
    let error = await julesError { try await batch.outcomes() }
    #expect(error?.index == 1)
    #expect(error?.message.contains("item 1") == true)
  }

  @Test func aTimeoutOfAllTellsWhatBecameOfTheItems() async throws {
    let batch = try Emulator.client().all(0..<2) { _ in RunConfig(prompt: "[scenario:silent] Wait") }
    // Longer from time to time: on a busy machine the sessions may be late.
    var timeout = Duration.milliseconds(200)
    var results: [ItemReport] = []
    while results.compactMap(\.sessionID).count < 2 {
      let error = await julesError { try await batch.outcomes(timeout: timeout) }
      #expect(error?.kind == "Timeout")
      #expect(error?.isRetryable == true)
      results = error?.results ?? []
      timeout *= 2
    }
    #expect(results.map(\.status) == [.running, .running])
  }

  @Test func itemsMayComeWhenTheyCome() async throws {
    let (items, source) = AsyncStream.makeStream(of: Int.self)
    let batch = try Emulator.client().all(items, concurrency: 1) { quick($0) }
    let waiting = Task { try await batch.outcomes().map(\.title) }
    for number in 0..<3 { source.yield(number) }
    source.finish()
    #expect(try await waiting.value == ["0", "1", "2"])
  }

  @Test func anErrorOfTheItemsThemselvesEndsIt() async throws {
    struct NoMore: Error {}
    let (items, source) = AsyncThrowingStream.makeStream(of: Int.self)
    source.yield(0)
    source.finish(throwing: NoMore())
    let batch = try Emulator.client().all(items) { quick($0) }
    await #expect(throws: NoMore.self) { try await batch.outcomes() }
  }

  @Test func progressTellsEachStep() async throws {
    let steps = Steps()
    let batch = try Emulator.client().all(0..<2, concurrency: 1, onProgress: steps.add) { quick($0) }
    let outcomes = try await batch.outcomes()
    for (index, outcome) in outcomes.enumerated() {
      let own = steps.all.filter { $0.index == index }
      #expect(own.map(\.stage) == [.queued, .started, .finished])
      #expect(own.last?.sessionID == outcome.sessionID)
    }
    #expect(steps.all.last?.finished == 2)
  }

  @Test func startsKeepTheirDistance() async throws {
    let start = ContinuousClock.now
    _ = try await Emulator.client().all(0..<3, delay: .milliseconds(150)) { quick($0) }.outcomes()
    #expect(ContinuousClock.now - start >= .milliseconds(300))
  }

  @Test func nothingStartsBeforeSomebodyWaits() async throws {
    let started = Counter()
    let batch = try Emulator.client().all([1]) { number in
      started.add()
      return quick(number)
    }
    try await Emulator.aSessionPasses()
    #expect(started.value == 0)
    #expect(try await batch.outcomes().count == 1)
    #expect(started.value == 1)
  }

  @Test func noItemsAreNoOutcomes() async throws {
    #expect(try await Emulator.client().all([Int]()) { quick($0) }.outcomes().isEmpty)
  }

  @Test func aConcurrencyOfNothingIsRefused() async throws {
    let batch = try Emulator.client().all([1], concurrency: 0) { quick($0) }
    #expect(await julesError { try await batch.outcomes() }?.kind == "Config")
    #expect(await julesError { try await all(batch) }?.kind == "Config")
  }

  /// Sees that the sessions of this title are soon not asked about any more, and that none is added meanwhile.
  private func expectSilence(about title: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    var sessions: [String] = []
    // What was under way may still arrive: a session that is added has its requests.
    repeat {
      sessions = try await Emulator.sessions(titled: title)
      try await Emulator.quiet(aboutAnyOf: sessions, sourceLocation: sourceLocation)
    } while try await Emulator.sessions(titled: title).count != sessions.count
  }
}

private func quick(_ number: Int) -> RunConfig {
  RunConfig(prompt: "[scenario:quick] Number \(number)", title: "\(number)")
}

/// Counts from any thread.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  func add() { lock.withLock { count += 1 } }

  var value: Int { lock.withLock { count } }
}

/// Keeps steps from any thread.
private final class Steps: @unchecked Sendable {
  private let lock = NSLock()
  private var steps: [BatchProgress] = []

  @Sendable func add(_ step: BatchProgress) { lock.withLock { steps.append(step) } }

  var all: [BatchProgress] { lock.withLock { steps } }

  func have(_ stage: BatchProgress.Stage, of index: Int) -> Bool {
    all.contains { $0.index == index && $0.stage == stage }
  }

  func session(of index: Int) -> String? { all.last { $0.index == index }?.sessionID }
}
