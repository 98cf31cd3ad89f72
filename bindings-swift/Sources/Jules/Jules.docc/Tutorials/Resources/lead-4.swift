import Jules

let session = try await Jules.shared.createSession(
  prompt: "Fix the flaky test in the parser",
  source: .github("octocat/hello-world", branch: "main"),
  autoPR: true)
print("Session \(session.id)")

for try await activity in session.stream() {
  switch activity.event {
  case .agentMessaged(let message): print("Jules: \(message)")
  case .progressUpdated(let title, _): print("· \(title)")
  case .planGenerated(let plan):
    for step in plan.steps { print("\(step.index + 1). \(step.title)") }
    print("Go ahead? (yes, or what should be different)")
    let answer = readLine() ?? "yes"
    if answer == "yes" { try await session.approve() } else { try await session.send(answer) }
  default: break
  }
}
