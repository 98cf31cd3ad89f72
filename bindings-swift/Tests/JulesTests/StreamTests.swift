// Following a session: stream, history, updates.

import Jules
import Testing

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
  @Test func aStreamGivesEachActivityOnceInOrderAndEnds() async throws {
    let session = try await Emulator.session("happy")
    let activities = try await all(session.stream())
    #expect(Set(activities.map(\.id)).count == activities.count)
    #expect(activities.first?.type == .planGenerated)
    #expect(activities.last?.event == .sessionCompleted)
    #expect(activities == activities.sorted { ($0.createTime ?? .distantPast) < ($1.createTime ?? .distantPast) })
  }

  @Test func eachLoopIsAStreamOfItsOwn() async throws {
    let stream = try await Emulator.session("quick").stream()
    let first = try await all(stream)
    #expect(first.count == 2)
    #expect(try await all(stream) == first)
  }

  @Test func anEndedIteratorStaysEnded() async throws {
    var iterator = try await Emulator.session("quick").stream(types: [.sessionCompleted]).makeAsyncIterator()
    #expect(try await iterator.next() != nil)
    #expect(try await iterator.next() == nil)
    #expect(try await iterator.next() == nil)
  }

  @Test func afterAnErrorAStreamHasEnded() async throws {
    var iterator = try await Emulator.session("quick").stream(types: ["banana"]).makeAsyncIterator()
    let error = await julesError { try await iterator.next() }
    #expect(error?.kind == "Config")
    #expect(error?.message.contains("banana") == true)
    #expect(try await iterator.next() == nil)
  }

  @Test func filtersChooseByTypeOriginatorAndPlace() async throws {
    let session = try await Emulator.session("happy")
    let everything = try await all(session.stream())
    let progress = try await all(session.stream(types: [.progressUpdated]))
    #expect(progress == everything.filter { $0.type == .progressUpdated })
    #expect(try await all(session.stream(excludeOriginator: ["agent"])).allSatisfy { $0.originator != "agent" })
    let third = try #require(everything.dropFirst(2).first)
    #expect(try await all(session.stream(after: third.id)) == Array(everything.dropFirst(3)))
  }

  @Test func historyEndsWhileTheSessionGoesOnAndWorksOffline() async throws {
    let session = try await Emulator.session("silent")
    try await Emulator.append(to: session, message: "one")
    #expect(try await all(session.history()).compactMap(\.message) == ["one"])
    try await Emulator.append(to: session, message: "two")
    #expect(try await all(session.history(offline: true)).compactMap(\.message) == ["one"])
    #expect(try await all(session.history()).compactMap(\.message) == ["one", "two"])
  }

  @Test func updatesGiveOnlyWhatComesAfterTheCall() async throws {
    let session = try await Emulator.session("silent")
    try await Emulator.append(to: session, message: "before")
    _ = try await session.activities.hydrate()
    var updates = session.updates().makeAsyncIterator()
    async let next = updates.next()
    try await eventually { try await Emulator.requests(about: session) > 4 }
    try await Emulator.append(to: session, message: "after")
    #expect(try await next?.message == "after")
  }

  @Test func whatNobodyKnowsIsKept() async throws {
    let activities = try await all(Emulator.session("unknown").stream())
    let unknown = activities.compactMap { activity in
      if case .unknown(let kind, let raw) = activity.event { (kind, raw) } else { nil }
    }
    #expect(unknown.map(\.0) == ["dreamRecorded", "", "sessionPaused"])
    #expect(unknown.first?.1["dreamRecorded"]?["depth"] == 3)
    #expect(activities.contains { $0.artifacts.contains { if case .unknown = $0 { true } else { false } } })
  }
}
