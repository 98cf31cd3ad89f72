// The client: runs, listings, options.

import Foundation
import Testing

@testable import Jules

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
  @Test func runGivesTheOutcome() async throws {
    let outcome = try await Emulator.client().run(
      prompt: "[scenario:happy] Say hello", source: Emulator.source, title: "Hello")
    #expect(outcome.state == .completed)
    #expect(outcome.title == "Hello")
    #expect(outcome.duration > .zero)
    #expect(outcome.changeSet()?.parsed().summary.modified == 1)
    #expect(outcome.generatedFiles().get("src/greeting.js")?.additions == 2)
  }

  @Test func aStartedRunCanBeFollowedBeforeItsEnd() async throws {
    let run = try Emulator.client().start(prompt: "[scenario:quick] Say hello", source: Emulator.source)
    let types = try await all(run.stream()).map(\.type)
    #expect(types == [.agentMessaged, .sessionCompleted])
    let session = try await run.session()
    #expect(try await run.outcome().sessionID == session.id)
  }

  @Test func aBranchMayStandBehindTheRepository() async throws {
    let client = try Emulator.client()
    let branch = GitHubSource.github("octocat/hello-world@dev")
    let session = try await client.createSession(prompt: "[scenario:quick] Go", source: branch)
    #expect(try await session.info().sourceContext?.startingBranch == "dev")
  }

  @Test func aFailedSessionIsAnOutcome() async throws {
    let outcome = try await Emulator.client().run(prompt: "[scenario:failure] Fail", source: Emulator.source)
    #expect(outcome.state == .failed)
    #expect(outcome.failureReason?.contains("disk space") == true)
  }

  @Test func aSessionWithoutARepositoryGeneratesFiles() async throws {
    let outcome = try await Emulator.client().run(prompt: "[scenario:repoless] Write a program")
    let files = outcome.generatedFiles()
    #expect(files.all().map(\.path) == ["greet.py", "README.md"])
    #expect(files.get("greet.py")?.content.contains("def greet") == true)
    #expect(files.filter(.created).count == 2)
    #expect(files.filter(.deleted).isEmpty)
    #expect(files.map(\.changeType) == [.created, .created])
  }

  @Test func manySessionsRunInATaskGroup() async throws {
    let client = try Emulator.client()
    let states = try await withThrowingTaskGroup(of: SessionState.self) { group in
      for number in 1...8 {
        group.addTask {
          try await client.run(prompt: "[scenario:quick] Number \(number)", source: Emulator.source).state
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(states == Array(repeating: .completed, count: 8))
  }

  @Test func listingsAskForPagesAsTheyGo() async throws {
    let client = try Emulator.client()
    for _ in 1...3 { _ = try await Emulator.session("quick", client: client) }
    #expect(try await all(client.sessions(pageSize: 1, limit: 3)).count == 3)
    let page = try await client.sessions(pageSize: 2).page()
    #expect(page.items.count == 2)
    #expect(page.nextPageToken != nil)
  }

  @Test func sourcesAreListedAndFound() async throws {
    let client = try Emulator.client()
    let names = try await all(client.sources(pageSize: 1)).map(\.name)
    #expect(names.contains("sources/github/octocat/hello-world"))
    let source = try await client.source(github: "octocat/spoon-knife")
    #expect(source.githubRepo?.defaultBranch == "trunk")
    #expect(try await client.sources().page().items.map(\.name) == names)
  }

  @Test func theCacheSaysWhereItIsAndHowMuchItHolds() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = try Jules(apiKey: "k", baseURL: URL(string: Emulator.baseURL), cache: .directory(folder))
    _ = try await all(Emulator.session("quick", client: client).stream())
    let info = try await client.cacheInfo()
    #expect(info.location?.hasPrefix(folder.path) == true)
    #expect(info.activities == 2)
    #expect(try await Emulator.client().cacheInfo().location == nil)
  }

  @Test func whatAClientDidIsCounted() async throws {
    let client = try Emulator.client()
    #expect(client.metrics().requests == 0)
    _ = try await all(Emulator.session("quick", client: client).stream())
    let metrics = client.metrics()
    #expect(metrics.requests >= 2)
    #expect(metrics.bytes > 0)
    #expect(metrics.activities == 2)
    #expect((metrics.retries, metrics.throttles) == (0, 0))
  }

  @Test func aLoggerGetsALineForEachRequest() async throws {
    let (lines, told) = AsyncStream.makeStream(of: Jules.LogLine.self)
    let client = try Jules(
      apiKey: "secret-key", baseURL: URL(string: Emulator.baseURL), cache: false,
      logger: Jules.Logger { told.yield($0) })
    _ = try await client.sources().page()
    let line = try #require(
      await lines.first { $0.fields["operation"] == "sources.list" && $0.fields["status"] != nil })
    #expect(line.fields["status"] == "200")
    #expect(line.fields["milliseconds"] != nil)
    #expect(!"\(line)".contains("secret-key"))
  }

  @Test func aClosedClientSaysSo() async throws {
    let client = try Emulator.client()
    let session = try await Emulator.session("silent", client: client)
    let waiting = Task { await julesError { try await session.result() } }
    await client.close()
    #expect(await waiting.value?.kind == "Closed")
    #expect(await julesError { try await session.info() }?.kind == "Closed")
  }

  @Test func theStoresLimitCrossesAsBytes() throws {
    let client = try Jules(apiKey: "k", baseURL: URL(string: Emulator.baseURL), cache: false, cacheLimit: 5_000_000)
    #expect(try client.options.wire().cacheLimit == 5_000_000)
    #expect(try Jules.Options().wire().cacheLimit == nil)
  }

  @Test func numbersBelowZeroAreRefused() async throws {
    let client = try Emulator.client()
    let errors = await [
      julesError { try Jules(apiKey: "k", cacheLimit: -1) },
      julesError { try client.with { $0.maxConcurrentRequests = -2 } },
      julesError { try client.queue("q", slots: -1) },
      julesError { try await all(client.sessions(limit: -1)) },
      julesError { try await client.sessions(pageSize: -1).page() },
      julesError { try await all(client.sources(pageSize: -1)) },
      julesError { try await client.session(id: "1").activities.list(pageSize: -1) },
      julesError { try await client.sync(limit: -1) },
      julesError { try await client.run(prompt: "x", retryFailed: -1) },
      julesError { try await all(client.queue("q").work(concurrency: -1)) },
      julesError { try client.with { $0.activityBudget = -5 } },
    ]
    #expect(errors.map { $0?.kind } == Array(repeating: "Config", count: errors.count))
    #expect(
      errors.map { $0?.field } == [
        "cacheLimit", "maxConcurrentRequests", "slots", "limit", "pageSize", "pageSize", "pageSize", "limit",
        "retryFailed", "concurrency", "activityBudget",
      ])
    #expect(errors[0]?.message == "cacheLimit must be a whole number ≥ 0, got -1")
  }

  @Test func withChangesACopy() throws {
    let client = try Emulator.client()
    let patient = try client.with { $0.requestTimeout = .seconds(120) }
    #expect(patient.options.requestTimeout == .seconds(120))
    #expect(patient.options.apiKey == client.options.apiKey)
    #expect(client.options.requestTimeout == nil)
    #expect(throws: JulesError.self) { try client.with { $0.baseURL = URL(string: "nonsense") } }
  }

  @Test func theKeyIsNeverPrinted() throws {
    let options = try Emulator.client(key: "secret-key").options
    var dumped = ""
    dump(options, to: &dumped)
    for text in ["\(options)", String(reflecting: options), dumped] { #expect(!text.contains("secret-key")) }
  }

  @Test func cachesCanBeWrittenAsLiterals() {
    #expect(Jules.Cache(booleanLiteral: true) == .standard)
    #expect(Jules.Cache(booleanLiteral: false) == .memory)
    let named: Jules.Cache = "/tmp/jules"
    #expect(named == .directory(path: "/tmp/jules"))
    let database: Jules.Cache = "postgres://me:secret@host/x"
    #expect(database == .postgres("postgres://me:secret@host/x"))
    var dumped = ""
    dump(database, to: &dumped)
    #expect(!"\(database) \(String(reflecting: database)) \(dumped)".contains("secret"))
  }

  @Test func durationsCrossAsNanoseconds() {
    #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
    #expect(Duration.seconds(-1).nanoseconds == 0)
    #expect(Duration.seconds(Int64.max).nanoseconds == .max)
  }
}
