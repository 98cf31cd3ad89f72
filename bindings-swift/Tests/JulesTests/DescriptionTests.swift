// What `print` shows: what something is, never its insides and never the key.

import Foundation
import Jules
import Testing

@Suite struct DescriptionTests {
  @Test func valuesTellWhatTheyAre() {
    let pull = PullRequest(url: URL(string: "https://github.com/o/r/pull/7"), title: "Mend it", number: 7)
    let shown = [
      "\(SessionInfo(id: "1", state: .inProgress, title: "Mend it"))",
      "\(Outcome(sessionID: "1", state: .failed, failureReason: "no disk"))",
      "\(pull)",
      "\(Activity(id: "a", event: .agentMessaged(message: "Done.")))",
      "\(Plan(id: "p", steps: [PlanStep(id: "s", title: "Look", index: 0)]))",
      "\(Quota(slotsUsed: 1, slotsLimit: 3))",
      "\(QueueTask(key: "k", state: .working, sessionID: "1"))",
      "\(ActivityStream([]))",
    ]
    #expect(
      shown == [
        #"SessionInfo(id: "1", state: inProgress, title: "Mend it")"#,
        #"Outcome(sessionID: "1", state: failed, failureReason: "no disk")"#,
        #"PullRequest(url: "https://github.com/o/r/pull/7", title: "Mend it", number: 7)"#,
        #"Activity(id: "a", type: agentMessaged, message: "Done.")"#,
        #"Plan(id: "p", steps: "Look")"#,
        #"Quota(slotsUsed: 1, slotsLimit: 3, dayUsed: 0)"#,
        #"QueueTask(key: "k", state: working, sessionID: "1", attempts: 0)"#,
        "ActivityStream",
      ])
  }

  @Test func whatOthersHaveWrittenIsNoCommandToTheTerminal() throws {
    let evil = "\u{1B}]0;mine\u{7}\u{9B}2J"
    let failed = Outcome(sessionID: "1", state: .failed, failureReason: evil)
    let shown = [
      "\(SessionInfo(id: "1", state: .inProgress, title: evil))",
      "\(failed)",
      "\(PullRequest(url: URL(string: "https://github.com/o/r/pull/7"), title: evil, number: 7))",
      "\(Activity(id: "a", event: .agentMessaged(message: evil)))",
      "\(Plan(id: "p", steps: [PlanStep(id: "s", title: evil, index: 0)]))",
      "\(FailedCommand(activityID: "a", command: evil, exitCode: 2))",
      "\(BashOutput(command: evil, output: "", exitCode: 0))",
      try #require(julesError { try failed.get() }).context.message,
    ]
    for text in shown {
      #expect(text.contains("\u{241B}]0;mine\u{2407}\u{FFFD}2J"))
      #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(text)")
    }
  }

  @Test func aClientTellsItsServiceAndNotItsKey() throws {
    let client = try Jules(apiKey: "secret-key", baseURL: URL(string: "http://127.0.0.1:9/v1alpha"), cache: false)
    #expect("\(client)" == #"Jules(baseURL: "http://127.0.0.1:9/v1alpha")"#)
    #expect("\(try client.session(id: "1"))" == "sessions/1")
  }

  @Test func whatHasAnIdIsIdentifiable() {
    #expect(Outcome(sessionID: "1", state: .completed).id == "1")
    #expect(PullRequest(url: URL(string: "https://github.com/o/r/pull/7")).id == "https://github.com/o/r/pull/7")
    let moment = Date(timeIntervalSince1970: 1_772_366_400)
    let entries = ["one", "two"].map { TimelineEntry(type: .progressUpdated, summary: $0, time: moment) }
    #expect(Set(entries.map(\.id)).count == 2)
    let command = FailedCommand(activityID: "a", command: "make", exitCode: 2)
    #expect(Insights(failedCommands: [command, command]).failedCommands.map(\.id) == ["a/0", "a/1"])
  }

  @Test func aFailedOutcomeIsAnErrorForWhoWantsOne() throws {
    #expect(try Outcome(sessionID: "1", state: .completed).get().sessionID == "1")
    let failed = Outcome(sessionID: "1", state: .failed, failureReason: "no disk")
    #expect(throws: JulesError.self) { try failed.get() }
    guard case .sessionEnded(let context, let end) = julesError({ try failed.get() }) else {
      Issue.record("not sessionEnded")
      return
    }
    #expect(context.message == "session 1 ended as failed: no disk")
    #expect(context.sessionID == "1")
    #expect((end.reason, end.outcome) == (.ended, failed))
  }

  @Test func anErrorHasACodeThatStays() {
    let error = JulesError.notFound(.init(message: "none such"))
    #expect((JulesError.errorDomain, error.errorCode) == ("Jules.JulesError", 5))
    #expect((error as any Error).localizedDescription == "none such")
  }

  #if !canImport(FoundationEssentials)
    @Test func onApplesPlatformsItIsAnNSErrorWithItsFields() {
      var context = JulesError.Context(message: "none such")
      context.status = 404
      let error = JulesError.notFound(context) as NSError
      #expect((error.domain, error.code) == ("Jules.JulesError", 5))
      #expect(error.userInfo["status"] as? Int == 404)
      #expect(error.userInfo["kind"] as? String == "NotFound")
    }
  #endif
}
