// How an activity looks in a terminal.

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
  /// A bullet, and below it what came along.
  var lines: [String] {
    ["  • \(headline)"] + details.map { "      \($0)" }
  }

  /// Whether a picture came along.
  var hasPicture: Bool {
    artifacts.contains { if case .media = $0 { true } else { false } }
  }

  private var headline: String {
    switch event {
    case .agentMessaged(let message): "Jules: \(message)"
    case .userMessaged(let message): "You: \(message)"
    case .planGenerated(let plan): "Plan with \(plan.steps.count) steps"
    case .planApproved: "Plan approved"
    case .progressUpdated(let title, let description):
      [title, description].filter { !$0.isEmpty }.joined(separator: ": ")
    case .sessionCompleted: "Session completed"
    case .sessionFailed(let reason): "Session failed: \(reason)"
    case .unknown(let kind, _): description ?? kind
    }
  }

  private var details: [String] {
    var lines: [String] = []
    if case .planGenerated(let plan) = event {
      lines += plan.steps.map { "\($0.index + 1). \($0.title)" }
    }
    return lines + artifacts.flatMap(\.lines)
  }
}

extension Artifact {
  fileprivate var lines: [String] {
    switch self {
    case .bashOutput(let output):
      output.description.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    case .changeSet(let changes):
      changes.parsed().files.map { "\($0.changeType.rawValue) \($0.path) (+\($0.additions) −\($0.deletions))" }
    case .media(let media):
      ["\(media.format), \((try? media.bytes().count) ?? 0) bytes"]
    case .unknown:
      []
    }
  }
}
