// Asking the local store: queries written in Swift, rows, and rows as values of one's own.

import Foundation
import Jules
import Testing

@Suite(.timeLimit(.minutes(1))) struct SelectTests {
  @Test func sessionsThatWereSeenAreFound() async throws {
    let client = try await clientThatSaw("happy", "failure")
    let failed = try await client.select(.sessions.filter("state", "failed").select("id", "title", "state"))
    let id = try #require(failed.first?.id)
    #expect(failed == [["id": .string(id), "title": "Test failure", "state": "failed"]])
    let none = try await client.select(.sessions.search("\"no such words\""))
    #expect(none.isEmpty)
    let both = try await client.select(.sessions.filter("state", .in([SessionState.completed, .failed])).order(.asc))
    #expect(both.compactMap { $0["title"]?.stringValue } == ["Test happy", "Test failure"])
    let last = try #require(both.last?.id)
    #expect(try await client.select(.sessions.limit(1).start(after: last)).compactMap(\.id) == [both[0].id])
  }

  @Test func rowsBecomeValuesOfOnesOwn() async throws {
    struct Work: Decodable, Equatable {
      let title: String
      let createTime: Date
      let activities: [Step]
      struct Step: Decodable, Equatable { let type: ActivityType }
    }
    let client = try await clientThatSaw("quick")
    let works = try await client.select(
      .sessions.select("title", "createTime").includeActivities(.all.select("type")), as: Work.self)
    #expect(works.map(\.title) == ["Test quick"])
    #expect(works.first?.activities.map(\.type) == [.agentMessaged, .sessionCompleted])
    let created = try #require(works.first?.createTime)
    #expect(abs(created.timeIntervalSinceNow) < 3600)
    let error = await julesError { try await client.select(.sessions.select("id"), as: Work.self) }
    #expect(error?.kind == "Decode")
    #expect(error?.message.contains("title") == true)
  }

  @Test func wholeRowsAreActivities() async throws {
    let client = try Emulator.client()
    let session = try await Emulator.session("happy", client: client)
    let activities = try await all(session.stream())
    #expect(try await session.activities.select(.activities.select("*").order(.asc), as: Activity.self) == activities)
    let first = try #require(activities.first?.createTime).addingTimeInterval(1e-6)
    let later = Query.activities.filter("createTime", .gt(first).and(.lte(Date.distantFuture))).select("id").order(.asc)
    #expect(try await session.activities.select(later).compactMap(\.id) == activities.dropFirst().map(\.id))
    #expect(try await session.activities.select().count == activities.count)
  }

  @Test func wholeRowsAreSessions() async throws {
    let client = try Emulator.client()
    let session = try await Emulator.session("quick", client: client)
    _ = try await session.result()
    let infos = try await client.select(.sessions.select("*"), as: SessionInfo.self)
    #expect(infos.map(\.id) == [session.id])
    #expect(infos.first?.activities.isEmpty == true)
  }

  @Test func aMistakeIsNamed() async throws {
    let error = await julesError { try await Emulator.client().select(.sessions.filter("titel", "x")) }
    guard case .query(let context) = error else {
      Issue.record("not query: \(String(describing: error))")
      return
    }
    #expect(context.field == "titel")
    #expect(context.suggestion == "title")
    #expect(context.valid.contains("title"))
    let wrong = await julesError {
      try await Emulator.client().select(Query(json: ["from": "sessions", "where": ["title": ["like": "x"]]]))
    }
    #expect(wrong?.operator == "like")
  }

  @Test(arguments: [
    Query.sessions.filter("state", "failed").filter("state", "completed"),
    Query.sessions.search("one").search("two"),
    Query.sessions.filter("search", "one"),
    Query.sessions.includeActivities(.all.search("one").search("two")),
  ])
  func whatCannotBeWrittenDownIsSaidWhenItRuns(query: Query) async throws {
    #expect(await julesError { try await Emulator.client().select(query) }?.kind == "Query")
  }

  @Test func queriesHaveAJSONForm() throws {
    let query = Query.sessions
      .filter("state", .in(["completed", "failed"]))
      .filter("durationMs", .gte(5).and(.lt(7.5)))
      .filter("archived", false)
      .filter("outputs.pullRequest.url", .exists())
      .search("flaky")
      .select("id", "-activities.plan")
      .includeActivities(.all.filter("type", .neq(ActivityType.planGenerated)).select(["id"]).order(.desc).limit(1))
      .order(.asc).limit(10).offset(2).start(at: "17")
    let expected: JSONValue = [
      "from": "sessions",
      "where": [
        "state": ["in": ["completed", "failed"]], "durationMs": ["gte": 5, "lt": 7.5], "archived": ["eq": false],
        "outputs.pullRequest.url": ["exists": true], "search": "flaky",
      ],
      "select": ["id", "-activities.plan"],
      "include": [
        "activities": ["where": ["type": ["neq": "planGenerated"]], "select": ["id"], "order": "desc", "limit": 1]
      ],
      "order": "asc", "limit": 10, "offset": 2, "startAt": "17",
    ]
    #expect(query.json == expected)
    #expect(try JSONDecoder().decode(Query.self, from: JSONEncoder().encode(query)) == Query(json: expected))
    #expect(
      Query.activities.includeSession().start(after: "x").json == [
        "from": "activities", "include": ["session": [:]], "startAfter": "x",
      ])
  }

  /// A client that followed sessions of these scenarios to their ends, one after another.
  private func clientThatSaw(_ scenarios: String...) async throws -> Jules {
    let client = try Emulator.client()
    for scenario in scenarios {
      _ = try await Emulator.session(scenario, client: client).result()
    }
    return client
  }
}
