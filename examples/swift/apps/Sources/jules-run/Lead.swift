// Leads a session: shows what it does, asks about its plans, sums up.

import Foundation
import Jules

struct Lead {
  let order: Order
  let jules: Jules

  func toItsEnd() async throws -> Outcome {
    let session = try await session()
    show("▶ \(session.id)")
    for try await activity in session.stream() {
      show(activity.lines)
      if [.planGenerated, .agentMessaged].contains(activity.type) { try await answer(session) }
    }
    let outcome = try await session.result()
    try sumUp(outcome)
    return outcome
  }

  private func session() async throws -> Session {
    if let id = order.session { return try jules.session(id: id) }
    return try await jules.createSession(
      prompt: order.prompt, source: order.repository.map { .github($0, branch: order.branch) }, title: order.title,
      requireApproval: !order.approvesByItself, autoPR: order.wantsPullRequest)
  }

  /// Where the session waits for the user, asks the user.
  private func answer(_ session: Session) async throws {
    switch try await session.info().state {
    case .awaitingPlanApproval: try await decide(about: session)
    case .awaitingUserFeedback:
      if let answer = ask("Your answer: "), !answer.isEmpty { try await session.send(answer) }
    default: break
    }
  }

  /// A yes approves; anything else is what should be different. Without a keyboard nobody can say no.
  private func decide(about session: Session) async throws {
    let answer = order.approvesByItself ? "y" : ask("Approve? [Y, or what should be different] ")
    switch answer?.lowercased() {
    case nil, "", "y", "yes": try await session.approve()
    default: try await session.send(answer ?? "")
    }
  }

  private func sumUp(_ outcome: Outcome) throws {
    let end = outcome.pullRequest?.url?.absoluteString ?? outcome.failureReason ?? "no pull request"
    show("\(outcome.state == .completed ? "✔" : "✘") \(outcome.state) · \(end)")
    guard let changes = outcome.changeSet() else { return }
    let patch = changes.parsed()
    show(patch.files.map { "  \($0.line)" })
    let (added, removed) = patch.files.reduce((0, 0)) { ($0.0 + $1.additions, $0.1 + $1.deletions) }
    show("  \(patch.summary.totalFiles) files, +\(added) −\(removed)")
    guard let folder = order.folder else { return }
    try changes.apply(to: URL(fileURLWithPath: folder, isDirectory: true))
    show("  applied to \(folder)")
  }

  private func ask(_ question: String) -> String? {
    FileHandle.standardOutput.write(Data(question.utf8))
    let answer = readLine()
    // What is typed at a keyboard shows and ends the line itself.
    if isatty(STDIN_FILENO) == 0 { show(answer ?? "") }
    return answer
  }

  private func show(_ lines: String...) { show(lines) }

  /// Prints at once, also into a pipe.
  private func show(_ lines: [String]) {
    for line in lines { FileHandle.standardOutput.write(Data("\(line.plain)\n".utf8)) }
  }
}
