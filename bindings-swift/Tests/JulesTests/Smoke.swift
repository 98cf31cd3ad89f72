import Jules
import Testing

@Test func noKey() { #expect(throws: JulesError.self) { try Jules() } }
@Test func stream() async throws {
  let s = try Jules(apiKey: "k", baseUrl: "http://127.0.0.1:1").session(id: "1")
  var n = 0
  for try await a in s.stream() { n += 1; print(a) }
  #expect(n == 10)
  for round in 0..<3 {
    let clock = ContinuousClock()
    var m = 0
    let t = try await clock.measure { for try await a in s.history() { m += a.id.utf8.count + a.artifacts.count } }
    print("round", round, t / 10000, m)
  }
}
@Test func cancel() async throws {
  let s = try Jules(apiKey: "k", baseUrl: "http://127.0.0.1:1").session(id: "1")
  let t = Task { try await s.result() }
  t.cancel()
  await #expect(throws: CancellationError.self) { try await t.value }
}
