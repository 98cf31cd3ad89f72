// How things look in a terminal.

import Jules

extension String {
  /// What others have written, as text that moves no cursor and changes no title.
  var plain: String {
    let isObeyed = { (letter: Unicode.Scalar) in
      letter.properties.generalCategory == .control && letter != "\n" && letter != "\t"
    }
    return String(UnicodeScalarView(unicodeScalars.map { isObeyed($0) ? "\u{FFFD}" : $0 }))
  }
}

extension Activity {
  var lines: [String] {
    let headline =
      switch event {
      case .agentMessaged(let message): "Jules: \(message)"
      case .userMessaged(let message): "You: \(message)"
      case .planGenerated(let plan): "Plan with \(plan.steps.count) steps"
      case .planApproved: "Plan approved"
      case .progressUpdated(let title, let description): "\(title)\(description.isEmpty ? "" : ": \(description)")"
      case .sessionCompleted: "Done"
      case .sessionFailed(let reason): "Failed: \(reason)"
      case .unknown(let kind, _): description ?? kind
      }
    return ["• \(headline)"] + steps.map { "  \($0.index + 1). \($0.title)" } + artifacts.flatMap(\.lines)
  }

  private var steps: [PlanStep] {
    if case .planGenerated(let plan) = event { plan.steps } else { [] }
  }
}

extension Artifact {
  fileprivate var lines: [String] {
    switch self {
    case .bashOutput(let output): "\(output)".split(separator: "\n").map { "  \($0)" }
    case .changeSet(let changes): changes.parsed().files.map { "  \($0.line)" }
    case .media(let media): ["  \(media.format)"]
    case .unknown: []
    }
  }
}

extension ParsedPatch.FileChange {
  /// As `created docs/new.txt (+5 −0)`.
  var line: String { "\(changeType.rawValue) \(path) (+\(additions) −\(deletions))" }
}
