// The five lines of the README, which `.dev/run readme` holds equal to these.

import Jules

let run = Jules.shared.start(prompt: "Fix the flaky test", source: .github("octocat/hello-world"))
for try await activity in run.stream() {
  print(activity.type)
}
let outcome = try await run.outcome()
print(outcome.state, outcome.pullRequest?.url ?? "no pull request")
