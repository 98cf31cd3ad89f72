import Jules

let session = try await Jules.shared.createSession(
  prompt: "Fix the flaky test in the parser",
  source: .github("octocat/hello-world", branch: "main"),
  autoPR: true)
print("Session \(session.id)")
