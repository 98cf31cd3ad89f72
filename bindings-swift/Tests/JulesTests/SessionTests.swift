// Leading a session: plan, approval, messages, the end.

import Jules
import Testing

@Suite(.timeLimit(.minutes(1))) struct SessionTests {
  @Test func aPlanIsApprovedAndEndsInAPullRequest() async throws {
    let session = try await Emulator.session("approval", requireApproval: true)
    let waiting = try await session.wait(for: .awaitingPlanApproval)
    #expect(waiting.state == .awaitingPlanApproval)
    #expect(try await session.info().plan?.steps.map(\.index) == [0, 1, 2])
    try await session.approve()
    let outcome = try await session.result()
    #expect(outcome.state == .completed)
    #expect(outcome.sessionID == session.id)
    #expect(outcome.pullRequest?.number != nil)
    #expect(outcome.pullRequest?.url?.host == "github.com")
    #expect(try await session.info(cached: true).outcome == outcome)
  }

  @Test func askGivesTheReplyToThisQuestion() async throws {
    let session = try await Emulator.session("demo")
    let reply = try await session.ask("Where is it?")
    #expect(reply.type == .agentMessaged)
    #expect(reply.message?.isEmpty == false)
  }

  @Test func aMessageIsSent() async throws {
    let session = try await Emulator.session("silent")
    try await session.send("Hello")
    #expect(try await all(session.history()).map(\.event) == [.userMessaged(message: "Hello")])
  }

  @Test func waitingTakesSeveralStates() async throws {
    let session = try await Emulator.session("question")
    let info = try await session.wait(for: [.awaitingUserFeedback, .paused])
    #expect(info.state == .awaitingUserFeedback)
  }

  @Test func aSessionIsPutAsideTakenBackAndDeleted() async throws {
    let session = try await Emulator.session("silent")
    try await session.archive()
    #expect(try await session.info().isArchived)
    try await session.unarchive()
    #expect(try await !session.info().isArchived)
    try await session.delete()
    let error = await julesError { try await session.info() }
    #expect(error?.kind == "NotFound")
  }

  @Test func activitiesComeByPageAndById() async throws {
    let session = try await Emulator.session("happy")
    let everything = try await all(session.stream())
    let page = try await session.activities.list(pageSize: 2)
    #expect(page.items == Array(everything.prefix(2)))
    let next = try await session.activities.list(pageSize: 2, pageToken: try #require(page.nextPageToken))
    #expect(next.items == Array(everything.dropFirst(2).prefix(2)))
    let last = try #require(everything.last)
    #expect(try await session.activities.get(last.id) == last)
    let fresh = try Emulator.client().session(id: session.id)
    #expect(try await fresh.activities.hydrate() == everything.count)
    #expect(try await fresh.activities.hydrate() == 0)
  }

  @Test func sessionsAreValuesThatActorsCanHold() async throws {
    actor Holder {
      let session: Session
      init(_ session: Session) { self.session = session }
      func types() async throws -> [ActivityType] {
        var types: [ActivityType] = []
        for try await activity in session.stream() { types.append(activity.type) }
        return types
      }
    }
    let session = try await Emulator.session("quick")
    #expect(try await Holder(session).types() == [.agentMessaged, .sessionCompleted])
    #expect(try Emulator.client().session(id: "sessions/\(session.id)") == session)
    #expect("\(session)" == "sessions/\(session.id)")
  }
}
