// Values that a user makes, for tests and previews of code that works with Jules: only what is public is used here.

import Foundation
import Jules
import Testing

@Suite struct OwnValueTests {
  private let moment = Date(timeIntervalSince1970: 1_759_470_222.5)

  @Test func activitiesAreMadeAndKeptAsJSON() throws {
    let plan = Plan(id: "p", steps: [PlanStep(id: "s", title: "Look", index: 0)], createTime: moment)
    let activity = Activity(
      id: "1", event: .planGenerated(plan: plan), createTime: moment,
      artifacts: [
        .changeSet(ChangeSet(gitPatch: GitPatch(unidiffPatch: ""))),
        .bashOutput(BashOutput(command: "make")),
        .media(Media(data: "AAEC", format: "image/png")),
        .unknown(raw: ["hologram": true]),
      ])
    #expect(activity.createTime == moment)
    #expect(activity.originator == "agent")
    try expectSameFromJSON(activity)
    try expectSameFromJSON(
      Activity(id: "2", event: .progressUpdated(title: "t", description: "d"), originator: "system"))
  }

  @Test func anOlderOutcomeTookOneSession() throws {
    let json = """
      {"sessionId": "1", "title": "t", "state": "failed", "outputs": [], "failureReason": "r", "durationMs": 5, "url": ""}
      """
    let outcome = try JSONDecoder().decode(Outcome.self, from: Data(json.utf8))
    #expect(outcome.attempts == 1)
    #expect(outcome.sessionIDs == ["1"])
    #expect(try JSONDecoder().decode(Outcome.self, from: JSONEncoder().encode(outcome)) == outcome)
  }

  @Test func sessionsAndOutcomesAreMadeAndKeptAsJSON() throws {
    let pullRequest = PullRequest(url: URL(string: "https://github.com/o/r/pull/4"), title: "Fix", number: 4)
    let outcome = Outcome(
      sessionID: "1", state: .completed, pullRequest: pullRequest, outputs: [.pullRequest(pullRequest)],
      url: URL(string: "https://jules.google/session/1"), duration: .milliseconds(90_500))
    #expect(outcome.duration == .milliseconds(90_500))
    #expect(outcome.durationMs == 90_500)
    let info = SessionInfo(
      id: "1", state: .completed, createTime: moment, updateTime: moment,
      sourceContext: SourceContext(source: "sources/github/o/r", startingBranch: "main"),
      source: Source(
        name: "sources/github/o/r", id: "github/o/r", kind: .githubRepo(GitHubRepo(owner: "o", repo: "r"))),
      outputs: outcome.outputs, pullRequest: pullRequest, outcome: outcome)
    #expect(info.name == "sessions/1")
    #expect(info.updateTime == moment)
    try expectSameFromJSON(info)
    try expectSameFromJSON(Page(items: [info], nextPageToken: "more"))
  }

  @Test func whatComesOfTheStoreIsMadeAndKeptAsJSON() throws {
    let failed = FailedCommand(activityID: "1", command: "make", exitCode: 2, time: moment)
    try expectSameFromJSON(Insights(planRegenerations: 1, failedCommands: [failed]))
    try expectSameFromJSON(TimelineEntry(type: .planApproved, summary: "Approved", time: moment))
    try expectSameFromJSON(SyncProgress(phase: .hydratingActivities, current: 1, total: 3))
    try expectSameFromJSON(SyncReport(sessionsIngested: 3, durationMs: 1500))
    try expectSameFromJSON(SessionCacheInfo(sessionID: "1", reason: .running, lastSynced: moment))
    try expectSameFromJSON(CacheInfo(reason: "the disk is full", bytes: 7, lastSynced: moment))
    let patch = ParsedPatch(files: [
      .init(path: "a", changeType: .created), .init(path: "c", changeType: .renamed, oldPath: "b"),
    ])
    #expect((patch.summary.totalFiles, patch.summary.created, patch.summary.renamed) == (2, 1, 1))
    try expectSameFromJSON(patch)
  }

  @Test func smallValuesAreMade() throws {
    #expect(Metrics(requests: 3) != Metrics())
    #expect(Metrics(waits: [.slot: 2]).waits[.slot] == 2)
    #expect(RequestInfo(operation: "sessions.get", duration: .seconds(2)).durationMs == 2_000)
    #expect(CacheInfo(sessions: 3).location == nil)
    #expect(GeneratedFile(path: "a.txt", changeType: .created).id == "a.txt")
    #expect(BatchProgress(index: 0, stage: .queued).finished == 0)
    #expect(ItemReport(index: 1, status: .failed(.timeout(.init(message: "late")))).sessionID == nil)
    #expect(Batch<Int, Outcome>.Finished(index: 0, item: 7, result: .failure(CancellationError())).outcome == nil)
  }

  @Test func whatIsToBeDoneIsKeptAsJSON() throws {
    let config = RunConfig(prompt: "Fix it", source: .github("o/r", branch: "main"), autoPR: true)
    try expectSameFromJSON(config)
    let json = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(config))
    #expect(json["source"] == ["github": "o/r", "branch": "main"])
  }

  @Test func changesAreKeptAsJSON() throws {
    let patch = GitPatch(
      unidiffPatch: "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n")
    let changes = ChangeSet(source: "sources/github/o/r", gitPatch: patch)
    let outcome = Outcome(sessionID: "1", state: .completed, changeSet: changes)
    try expectSameFromJSON(outcome)
    let again = try JSONDecoder().decode(Outcome.self, from: JSONEncoder().encode(outcome))
    #expect(again.changeSet() == changes)
    #expect(again.generatedFiles().map(\.content) == ["x\n"])
    let info = SessionInfo(id: "1", state: .completed, outcome: outcome)
    try expectSameFromJSON(info)
    try expectSameFromJSON(outcome.generatedFiles())
  }

  @Test func aSnapshotIsMadeAndKeptAsJSON() throws {
    let patch = GitPatch(
      unidiffPatch: "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n")
    let artifacts: [Artifact] = [
      .bashOutput(.init(command: "make", exitCode: 2)), .bashOutput(.init(command: "make", exitCode: 2)),
      .changeSet(ChangeSet(gitPatch: patch)),
    ]
    let activities = [
      Activity(id: "a", event: .progressUpdated(title: "Made", description: ""), artifacts: artifacts),
      Activity(id: "b", event: .progressUpdated(title: "Made", description: "")),
    ]
    let snapshot = try Snapshot(SessionInfo(id: "1", state: .inProgress, activities: activities))
    #expect(snapshot.activityCounts == [.progressUpdated: 2])
    #expect(snapshot.timeline.map(\.id) == ["a", "b"])
    #expect(snapshot.insights.failedCommands.map(\.id) == ["a/0", "a/1"])
    #expect(snapshot.generatedFiles.map(\.path) == ["n"])
    try expectSameFromJSON(snapshot)
    let again = try JSONDecoder().decode(Snapshot.self, from: JSONEncoder().encode(snapshot))
    #expect(again.changeSet()?.gitPatch == patch)
    #expect(again.toMarkdown() == snapshot.toMarkdown())
  }

  @Test func aTaskHasAllThatItIsGiven() throws {
    let moment = Date(timeIntervalSince1970: 1_772_366_400)
    let task = QueueTask(
      key: "k", state: .failed, createTime: moment, notBefore: moment, startTime: moment, endTime: moment,
      error: .timeout(.init(message: "late")))
    #expect([task.createTime, task.notBefore, task.startTime, task.endTime] == [moment, moment, moment, moment])
    #expect(task.error?.message == "late")
    #expect(task.error?.kind == "Timeout")
    try expectSameFromJSON(task)
  }

  @Test func unknownJSONPrintsAsJSON() {
    let value: JSONValue = ["b": [1, 2.5, nil], "a": "x/y", "c": false]
    #expect("\(value)" == #"{"a":"x/y","b":[1,2.5,null],"c":false}"#)
  }

  @Test func errorsOfOnesOwnHaveTheirText() {
    var context = JulesError.Context(message: "429 RESOURCE_EXHAUSTED: slow down")
    context.status = 429
    context.retryAfter = .seconds(3)
    let error: any Error = JulesError.rateLimit(context)
    #expect(error.localizedDescription == "429 RESOURCE_EXHAUSTED: slow down")
    #expect((error as? JulesError)?.retryAfter == .seconds(3))
    #expect((error as? JulesError)?.kind == "RateLimit")
  }

  private func expectSameFromJSON<Value: Codable & Equatable>(
    _ value: Value, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let again = try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    #expect(again == value, sourceLocation: sourceLocation)
  }
}
