// Clients and sessions as code under test has them: behind protocols, from lists.

import Foundation
import Jules
import Testing

/// Code under test.
private func approveAll(_ jules: some JulesProtocol, of prompt: String) async throws -> Outcome {
  let session = try await jules.createSession(RunConfig(prompt: prompt))
  for try await activity in session.stream() {
    if case .planGenerated = activity.event { try await session.approve() }
  }
  return try await session.result()
}

private struct FakeJules: JulesProtocol {
  let session: FakeSession
  func createSession(_ config: RunConfig, timeout: Duration?) async throws -> FakeSession { session }
}

private final class FakeSession: SessionProtocol, @unchecked Sendable {
  let id = "1"
  private let lock = NSLock()
  private var count = 0
  var approvals: Int { lock.withLock { count } }

  func stream(
    follow: Bool, after: String?, types: [ActivityType], excludeOriginator: [String], stallTimeout: Duration?
  ) -> ActivityStream {
    ActivityStream([Activity(id: "a", event: .planGenerated(plan: Plan(id: "p", steps: [])))])
  }
  func approve(timeout: Duration?) async throws { lock.withLock { count += 1 } }
  func result(timeout: Duration?, stallTimeout: Duration?) async throws -> Outcome {
    Outcome(sessionID: id, state: .completed)
  }
}

@Suite(.timeLimit(.minutes(1))) struct FakeTests {
  @Test func aFakeStandsForTheClient() async throws {
    let session = FakeSession()
    #expect(try await approveAll(FakeJules(session: session), of: "x").sessionID == "1")
    #expect(session.approvals == 1)
  }

  @Test func theClientItselfDoesWhatItsProtocolSays() async throws {
    let outcome = try await approveAll(Emulator.client(), of: "[scenario:approval] Go")
    #expect(outcome.state == .completed)
  }

  @Test func whatAFakeLacksIsNamed() async throws {
    let session = FakeSession()
    let error = await julesError { try await session.send("x") }
    #expect(error?.message == "FakeSession is a fake without send(_:timeout:)")
    #expect(await julesError { try await all(session.history()) }?.kind == "Config")
  }

  @Test func streamsAndListsAreMadeOfLists() async throws {
    let activities = ["a", "b"].map { Activity(id: $0, event: .sessionCompleted) }
    let stream = ActivityStream(activities)
    #expect(try await all(stream) == activities)
    #expect(try await all(stream) == activities, "each loop is from the start")
    var seen: [String] = []
    let error = await julesError {
      for try await activity in ActivityStream(activities, error: JulesError.network(.init(message: "gone"))) {
        seen.append(activity.id)
      }
    }
    #expect(seen == ["a", "b"])
    #expect(error?.kind == "Network")
    let infos = [SessionInfo(id: "1", state: .queued)]
    #expect(try await all(SessionList(infos)) == infos)
    #expect(try await SessionList(infos).page() == Page(items: infos))
    let source = Source(name: "sources/s", id: "s", kind: .unknown(raw: [:]))
    #expect(try await SourceList([source]).page().items == [source])
  }

  @Test func aQueueIsFakedWithListsOfItsOwn() async throws {
    let jules = FakeClientWithQueue()
    #expect(try await finishedKeys(of: jules) == ["a"])
    let error = await julesError { try await jules.queue("q").pause() }
    #expect(error?.message == "FakeQueue is a fake without pause(timeout:)")
    #expect(julesError { try FakeJules(session: FakeSession()).queue("q") }?.kind == "Config")
  }
}

/// Code under test.
private func finishedKeys(of jules: some JulesProtocol) async throws -> [String] {
  let queue = try jules.queue("updates")
  try await queue.add(TaskConfig(RunConfig(prompt: "Update it"), key: "a"))
  var keys: [String] = []
  for try await one in try queue.work() { keys.append(one.key) }
  for try await task in try queue.tasks() where !keys.contains(task.key) { keys.append(task.key) }
  return keys
}

private struct FakeClientWithQueue: JulesProtocol {
  func createSession(_ config: RunConfig, timeout: Duration?) async throws -> FakeSession { FakeSession() }
  func queue(_ name: String, slots: Int?, perDay: Int?) throws -> FakeQueue { FakeQueue() }
}

private struct FakeQueue: QueueProtocol {
  private var done: QueueTask { QueueTask(key: "a", queue: "updates", state: .done) }

  func add(_ task: TaskConfig, timeout: Duration?) async throws -> QueueTask { done }
  func work(concurrency: Int?, follow: Bool, approve: Approval) throws -> QueueWork {
    QueueWork([.init(task: done, result: .success(Outcome(sessionID: "1", state: .completed)))])
  }
  func tasks(in states: [QueueTask.State]) throws -> QueueTaskList { QueueTaskList([done]) }
}
