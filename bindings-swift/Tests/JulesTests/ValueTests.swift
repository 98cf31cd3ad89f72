// Values: the JSON shape that all languages share goes in and comes out the same.

import Foundation
import Testing

@testable import Jules

@Suite struct ValueTests {
  @Test(arguments: [
    #"{"type":"agentMessaged","message":"hello"}"#,
    #"{"type":"userMessaged","message":"hello"}"#,
    #"{"type":"planGenerated","plan":{"id":"p","createTime":"2025-01-02T03:04:05Z","steps":[{"id":"s","title":"t","index":0}]}}"#,
    #"{"type":"planApproved","planId":"p"}"#,
    #"{"type":"progressUpdated","title":"t","description":"d"}"#,
    #"{"type":"sessionCompleted"}"#,
    #"{"type":"sessionFailed","reason":"r"}"#,
    #"{"type":"unknown","kind":"dreamt","raw":{"id":"7","dreamt":{"n":1.5,"big":9007199254740993,"no":null,"yes":[true]}}}"#,
  ])
  func activitiesKeepTheirShape(own: String) throws {
    var fields = try #require(try object(own))
    fields.merge(try #require(try object(common))) { own, _ in own }
    let activity: Activity = try roundTrip(.object(fields))
    #expect(activity.type.rawValue == fields["type"]?.stringValue)
  }

  @Test(arguments: [
    #"{"type":"changeSet","source":"sources/github/o/r","gitPatch":{"unidiffPatch":"p","baseCommitId":"b","suggestedCommitMessage":"m"}}"#,
    #"{"type":"bashOutput","command":"ls","output":"a\n","exitCode":2}"#,
    #"{"type":"media","data":"AAEC","format":"image/png"}"#,
    #"{"type":"unknown","raw":{"hologram":{}}}"#,
  ])
  func artifactsKeepTheirShape(json: String) throws {
    let _: Artifact = try roundTrip(.object(try #require(try object(json))))
  }

  @Test func sessionsKeepTheirShape() throws {
    let json = """
      {"id":"1","name":"sessions/1","title":"t","prompt":"p","state":"dreaming","url":"","createTime":"2025-01-02T03:04:05.123456789Z",
      "archived":false,"sourceContext":{"source":"sources/github/o/r","startingBranch":"main"},
      "source":{"name":"sources/github/o/r","id":"github/o/r","type":"githubRepo","githubRepo":{"owner":"o","repo":"r","isPrivate":true,"branches":["main"]}},
      "requirePlanApproval":true,"automationMode":"AUTO_CREATE_PR",
      "outputs":[{"type":"pullRequest","pullRequest":{"url":"https://github.com/o/r/pull/4","title":"t","description":"","number":4}},
      {"type":"changeSet","changeSet":{"source":"s","gitPatch":{"unidiffPatch":"","baseCommitId":"","suggestedCommitMessage":""}}},
      {"type":"unknown","raw":{"poem":1}}],
      "pullRequest":{"url":"https://github.com/o/r/pull/4","title":"t","description":"","number":4},"activities":[],
      "outcome":{"sessionId":"1","title":"t","state":"completed","outputs":[],"url":"","durationMs":5,"attempts":1,"sessionIds":["1"]}}
      """
    let info: SessionInfo = try roundTrip(.object(try #require(try object(json))))
    #expect(info.state == .other("dreaming"))
    #expect(info.url == nil)
    #expect(info.pullRequest?.url?.absoluteString == "https://github.com/o/r/pull/4")
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0),
    ("2000-02-29T12:00:00.5Z", 951_825_600.5),
    ("2025-10-03T05:43:42.801654Z", 1_759_470_222.801654),
    ("2001-01-01T00:00:00Z", 978_307_200),
    ("2000-12-31T23:59:59.75Z", 978_307_199.75),
    ("2100-03-01T00:00:00Z", 4_107_542_400),
  ])
  func timesBecomeDates(text: String, seconds: Double) {
    let date = Timestamp(text: text).date
    #expect(abs((date?.timeIntervalSince1970 ?? .infinity) - seconds) < 1e-6)
    #expect(date.map(Timestamp.init)?.text == text)
  }

  @Test func datesBecomeTimesAndComeBack() {
    for offset in stride(from: 6e8, to: 2e9, by: 12_345_678.123_456_7) {
      let date = Date(timeIntervalSinceReferenceDate: offset)
      #expect(Timestamp(date).date == date)
    }
    #expect(Timestamp(Date(timeIntervalSinceReferenceDate: 0.999_999_99)).text == "2001-01-01T00:00:01Z")
  }

  @Test(arguments: ["", "yesterday", "2025-01-02", "2025-01-02T03:04:05", "2025-01-02T03:04:05Zulu"])
  func whatIsNoTimeIsNoDate(text: String) {
    #expect(Timestamp(text: text).date == nil)
  }

  @Test func stateNamesGoBothWays() {
    #expect(SessionState(rawValue: "awaitingPlanApproval") == .awaitingPlanApproval)
    #expect(SessionState(rawValue: "dreaming") == .other("dreaming"))
    #expect("\(SessionState.inProgress)" == "inProgress")
  }

  @Test func commandsLookAsInATerminal() {
    #expect(BashOutput(command: "false", output: "no\n", exitCode: 1).description == "$ false\nno\n[exit code 1]")
  }

  @Test func mediaGiveTheirBytesAFileAndAUrl() throws {
    let media = Media(data: "AAEC", format: "image/png")
    #expect(try media.bytes() == Data([0, 1, 2]))
    #expect(media.dataURL?.absoluteString == "data:image/png;base64,AAEC")
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try media.save(to: file)
    #expect(try Data(contentsOf: file) == Data([0, 1, 2]))
    let broken = julesError { try Media(data: "!", format: "").bytes() }
    #expect(broken?.kind == "Decode")
  }

  @Test func errorsThatNobodyKnowsAreStillErrors() {
    #expect(JulesError(fields: "{}").kind == "Decode")
    #expect(JulesError(fields: #"{"kind":"Tomorrow","message":"m","retryable":false}"#).message.contains("m"))
  }

  private let common = """
    {"name":"sessions/1/activities/2","id":"2","sessionId":"1","createTime":"2025-01-02T03:04:05.1Z","originator":"agent","artifacts":[]}
    """

  private func object(_ json: String) throws -> [String: JSONValue]? {
    try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
  }

  private func roundTrip<Value: Codable & Hashable>(_ json: JSONValue) throws -> Value {
    let value = try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(json))
    let again = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    #expect(again == json)
    return value
  }
}
