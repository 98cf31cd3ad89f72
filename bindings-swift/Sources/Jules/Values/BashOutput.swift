// A command that the agent ran.

internal import JulesGlue

/// A command that ran in the agent's machine. Its `description` is what a terminal would show.
public struct BashOutput: Sendable, Hashable, Codable {
  /// The command line.
  public let command: String
  /// What it wrote to stdout and stderr.
  public let output: String
  /// How it exited; 0 is success.
  public let exitCode: Int32

  /// A value of your own, for tests and previews.
  public init(command: String, output: String = "", exitCode: Int32 = 0) {
    self.command = command
    self.output = output
    self.exitCode = exitCode
  }
}

extension BashOutput: CustomStringConvertible {
  /// What a terminal would show.
  public var description: String {
    terminalText(command: command, output: output, exitCode: exitCode)
  }
}
