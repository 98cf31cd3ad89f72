// Everything that can go wrong, as a user meets it.

import Foundation
import Testing

@testable import Jules

@Suite(.timeLimit(.minutes(1))) struct ErrorTests {
  @Test func aMissingKeyIsSaidAtOnce() async throws {
    let error = julesError { try Jules() }
    guard case .config(let context) = error else {
      Issue.record("not config: \(String(describing: error))")
      return
    }
    #expect(context.isMissingAPIKey)
    #expect(error?.kind == "MissingApiKey")
    #expect(julesError { try Jules(apiKey: "k", cacheLimit: -1) }?.isMissingAPIKey == false)
    #expect(error?.localizedDescription.contains("JULES_API_KEY") == true)
  }

  @Test func theSharedClientSaysItAtItsFirstUse() async throws {
    let shared = Jules.shared
    let kinds = await [
      kind { try await shared.createSession(prompt: "x") },
      kind { try await shared.start(prompt: "x").outcome() },
      kind { try await all(shared.start(prompt: "x").stream()) },
      kind { try await all(shared.sources()) },
      kind { try shared.session(id: "1") },
    ]
    #expect(kinds == Array(repeating: "MissingApiKey", count: 5))
    try Jules.configureShared {
      $0.apiKey = "k"; $0.cache = .memory
    }
    let configured = Jules.shared
    #expect(configured.options.apiKey == "k")
    #expect(try configured.session(id: "1").id == "1")
    #expect(julesError { try Jules.configureShared { $0.cacheLimit = -1 } }?.field == "cacheLimit")
    #expect(Jules.shared === configured, "what can't be is not taken")
    await Jules.closeShared()
    #expect(await kind { try await configured.quota() } == "Closed")
    #expect(await kind { try Jules.shared.session(id: "1") } == "MissingApiKey", "it begins anew")
    Jules.resetShared()
  }

  @Test func aWrongKeyIsAnAuthenticationErrorThatHidesIt() async throws {
    let client = try Emulator.client(key: "wrong-key")
    let error = await julesError { try await client.createSession(prompt: "x") }
    guard case .authentication(let context) = error else {
      Issue.record("not authentication: \(String(describing: error))")
      return
    }
    #expect(context.status == 400)
    #expect(!context.message.contains("wrong-key"))
    #expect(context.isRetryable == false)
    #expect(error?.isAPIError == true)
  }

  @Test func aWrongBaseUrlIsSaidAtOnce() throws {
    let error = julesError { try Jules(apiKey: "k", baseURL: URL(string: "nonsense")) }
    #expect(error?.kind == "Config")
    #expect(error?.message.contains("nonsense") == true)
    let remote = julesError { try Jules(apiKey: "k", baseURL: URL(string: "http://example.com")) }
    #expect(remote?.kind == "Config")
  }

  @Test func aServerThatIsNotThereIsANetworkError() async throws {
    let client = try Jules(
      apiKey: "k", baseURL: URL(string: "http://127.0.0.1:9"), retry: .init(maxElapsed: .milliseconds(100)),
      cache: false)
    let error = await julesError { try await client.session(id: "1").info() }
    #expect(error?.kind == "Network")
    #expect(error?.isRetryable == false, "its own retries are spent")
    #expect(error?.isAPIError == false)
  }

  @Test func anUnknownRepositoryIsNamed() async throws {
    let client = try Emulator.client()
    let error = await julesError {
      try await client.createSession(prompt: "x", source: .github("nobody/nothing"))
    }
    #expect(error?.kind == "SourceNotFound")
    #expect(error?.message.contains("nobody/nothing") == true)
  }

  @Test func whatTheServerSaidIsInTheFields() async throws {
    let session = try Emulator.client().session(id: "404")
    let error = await julesError { try await session.info() }
    guard case .notFound(let context) = error else {
      Issue.record("not notFound: \(String(describing: error))")
      return
    }
    #expect(context.status == 404)
    #expect(context.code == "NOT_FOUND")
    #expect(context.method == "GET")
    #expect(context.url?.path.hasSuffix("/sessions/404") == true)
    #expect(error?.description == error?.localizedDescription)
  }

  @Test(arguments: ["../../etc", "", "a b", String(repeating: "x", count: 129)])
  func whatIsNoIdIsRefusedWithoutANetwork(id: String) throws {
    let client = try Emulator.client()
    let error = julesError { try client.session(id: id) }
    #expect(error?.kind == "Config")
  }

  @Test func anUnexpectedEndCarriesTheSession() async throws {
    let session = try await Emulator.session("failure")
    let error = await julesError { try await session.wait(for: .completed) }
    guard case .unexpectedState(_, let info) = error else {
      Issue.record("not unexpectedState: \(String(describing: error))")
      return
    }
    #expect(info.state == .failed)
    #expect(info.id == session.id)
  }

  /// (Conformance sees it come; it takes ten seconds, for a message may wake a session that has ended.)
  @Test func anEndBeforeTheReplyCarriesTheOutcome() {
    let error = JulesError(
      fields: """
        {"kind": "SessionEnded", "message": "Ended.", "retryable": false, "outcome": {
          "sessionId": "17", "title": "", "state": "failed", "outputs": [], "url": "", "durationMs": 5, "attempts": 1,
          "sessionIds": ["17"]}}
        """)
    let outcome = Outcome(sessionID: "17", state: .failed, duration: .milliseconds(5))
    #expect(error == .sessionEnded(.init(message: "Ended."), SessionEnd(reason: .ended, outcome: outcome)))
  }

  @Test func aFullPlanSaysWhichLimitItIs() {
    let error = JulesError(
      fields: """
        {"kind": "Precondition", "message": "Full.", "retryable": true, "limit": "day", "used": 15, "allowed": 15,
          "nextAt": "2026-03-01T12:00:00Z"}
        """)
    #expect(error.limit == .day)
    #expect(error.used == 15)
    #expect(error.allowed == 15)
    #expect(error.nextAt == Date(timeIntervalSince1970: 1_772_366_400))
  }

  @Test func aStoppedSessionHasNoOutcome() async throws {
    let session = try await Emulator.session("silent")
    try await session.stop()
    let error = await julesError { try await session.result(timeout: .seconds(20)) }
    guard case .sessionEnded(let context, let end) = error else {
      Issue.record("not sessionEnded: \(String(describing: error))")
      return
    }
    #expect(context.sessionID == session.id)
    #expect(end.reason == .stopped)
    #expect(end.info?.isArchived == true)
    #expect(end.outcome == nil)
  }

  @Test func nothingNewForSoLongIsATimeout() async throws {
    let session = try await Emulator.session("silent")
    try await session.wait(for: [.planning, .inProgress], timeout: .seconds(20))
    let error = await julesError { try await session.result(stallTimeout: .milliseconds(300)) }
    #expect(error?.kind == "Timeout")
    #expect(error?.sessionID == session.id)
    #expect(error?.since != nil)
  }

  @Test func aTimeoutIsAnErrorOfItsOwn() async throws {
    let session = try await Emulator.session("silent")
    let error = await julesError { try await session.result(timeout: .milliseconds(100)) }
    #expect(error?.kind == "Timeout")
  }

  @Test func anErrorThatEndsABatchTellsOfTheOthers() {
    let error = JulesError(
      fields: """
        {"kind": "Authentication", "message": "No.", "retryable": false, "results": [
          {"index": 0, "status": "running", "sessionId": "17"},
          {"index": 2, "status": "failed", "error": {"kind": "NotFound", "message": "None.", "retryable": false}}]}
        """)
    guard case .authentication(let context) = error else {
      Issue.record("not authentication: \(error)")
      return
    }
    #expect(context.results.map(\.index) == [0, 2])
    #expect(context.results.map(\.sessionID) == ["17", nil])
    #expect(context.results.map(\.status) == [.running, .failed(.notFound(.init(message: "None.")))])
  }

  private func kind(_ call: () async throws -> some Any) async -> String {
    do {
      _ = try await call()
      return "nothing was thrown"
    } catch let error as JulesError {
      return error.kind
    } catch {
      return "\(type(of: error))"
    }
  }
}
