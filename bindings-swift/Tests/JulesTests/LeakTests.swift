// Sessions are created, streamed and dropped: the process is as large as it was, with as many files and threads. 400 of them;
// 2,000 where JULES_LONG is set. It is the whole process that is looked at: this test has one to itself (`.dev/run swift test`
// sees to that).

#if os(Linux)
  import Foundation
  import Jules
  import Testing

  private let isLong = ProcessInfo.processInfo.environment["JULES_LONG"] != nil

  @Suite(.timeLimit(.minutes(isLong ? 30 : 5))) struct LeakTests {
    @Test func sessionsThatWereStreamedLeaveNothingBehind() async throws {
      let cache = FileManager.default.temporaryDirectory.appending(path: "jules-leaks-\(UUID())")
      defer { try? FileManager.default.removeItem(at: cache) }
      let cycles = isLong ? 2_000 : 400
      var seen: [Held] = []
      // The first round is for what comes once: threads, their stacks, and what is kept of the last ten minutes.
      for _ in ["first", "second"] {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 1...8 { group.addTask { try await lane(cycles / 8, cache: cache) } }
          try await group.waitForAll()
        }
        seen.append(try Held())
      }
      let (before, after) = (seen[0], seen[1])
      print("before \(before), after \(cycles) more \(after)")
      // Ten kilobytes that each of the few leaves would be four megabytes.
      #expect(after.memory - before.memory < 4_096, "\(before), then \(after)")
      // Connections and idle threads come and go by a few.
      #expect(after.files < before.files + 24, "\(before), then \(after)")
      #expect(after.threads < before.threads + 24, "\(before), then \(after)")
    }

    private func lane(_ cycles: Int, cache: URL) async throws {
      let client = try Jules(
        apiKey: "test-key", baseURL: URL(string: Emulator.baseURL), pollingInterval: .milliseconds(20),
        cache: .directory(cache), activityBudget: false)
      for _ in 0..<cycles {
        let session = try await client.createSession(prompt: "[scenario:quick] once more")
        for try await _ in session.stream() { break }
      }
      await client.close()
    }
  }

  /// What the system says of this process: memory in KiB, open files, threads.
  private struct Held {
    let memory: Int
    let files: Int
    let threads: Int

    init() throws {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      func number(_ name: String) throws -> Int {
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name) })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
      }
      memory = try number("VmRSS:")
      threads = try number("Threads:")
      files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
  }
#endif
