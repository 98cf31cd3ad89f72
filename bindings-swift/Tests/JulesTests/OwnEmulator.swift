// An emulator of a test's own, for what would disturb the others.

import Foundation

/// Runs until it goes; its standard input is its lifeline.
final class OwnEmulator {
  let url: String
  private let process = Process()
  private let lifeline = Pipe()

  init(arguments: [String]) throws {
    guard let binary = ProcessInfo.processInfo.environment["JULES_EMULATOR_BIN"] else {
      fatalError("JULES_EMULATOR_BIN is not set: run these tests by `.dev/run swift test`, which sets it")
    }
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = ["--port", "0", "--exit-with-stdin"] + arguments
    process.standardInput = lifeline
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(UInt8(ascii: "\n")) {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw CocoaError(.fileReadUnknown) }
      line += more
    }
    url = try JSONDecoder().decode(Hello.self, from: line).url
  }

  deinit { process.terminate() }

  private struct Hello: Decodable { let url: String }
}
