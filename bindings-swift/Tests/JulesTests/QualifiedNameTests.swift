// Beside another module's types of the same names, ours can be qualified.

import Jules
import Testing

/// What another module would have.
private struct Session {}
private struct Activity {}
private struct Queue {}

@Suite struct QualifiedNameTests {
  @Test func typesCanBeQualified() throws {
    let session: Jules.Session = try Jules(apiKey: "k", cache: false).session(id: "1")
    let activity = Jules.Activity(id: "a", event: .sessionCompleted)
    let queue: Jules.Queue = try Jules(apiKey: "k", cache: false).queue("q")
    let finished = Jules.Batch<Int, Jules.Outcome>.Finished(index: 0, item: 0, result: .failure(CancellationError()))
    #expect((session.id, activity.id, queue.name) == ("1", "a", "q"))
    #expect(finished.id == 0)
  }
}
