// One session as a person would lead it: prompt, plan, approval, live activities, a question, the pull request.

import Foundation
import Jules

@main
struct Demo {
  static func main() async {
    do {
      try await lead(Jules.shared)
    } catch {
      FileHandle.standardError.write(Data("✘ \(error.localizedDescription)\n".utf8))
      exit(1)
    }
  }

  static func lead(_ jules: Jules) async throws {
    let title = "Greet people by name"
    let session = try await jules.createSession(
      prompt: "[scenario:demo] Let the greeting use the person's name.",
      source: .github("octocat/hello-world", branch: "main"),
      title: title,
      requireApproval: true,
      autoPR: true)
    show("▶ Swift · \(title)")

    var pictureSeen = false
    for try await activity in session.stream() {
      for line in activity.lines { show(line) }
      switch activity.event {
      case .planGenerated:
        try await session.approve()
      case .agentMessaged where pictureSeen:
        pictureSeen = false
        _ = try await session.ask("Which files did you change?")  // The stream shows the question and the reply.
      default:
        pictureSeen = pictureSeen || activity.hasPicture
      }
    }

    let outcome = try await session.result()
    let end = outcome.pullRequest?.url?.absoluteString ?? outcome.failureReason ?? "no pull request"
    show("\(outcome.state == .completed ? "✔" : "✘") \(outcome.state) · \(end)")
  }

  /// Prints at once, also into a pipe.
  static func show(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line.plain)\n".utf8))
  }
}
