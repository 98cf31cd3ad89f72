// The service as a program on this machine, for the time of a test.

#if os(macOS) || os(Linux)
  import Foundation
  import Jules

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// A running emulator of the service, on a free port of this machine. It ends with ``stop()``, with the last reference to
  /// it, or with the process that started it.
  ///
  /// ```swift
  /// let emulator = try Emulator(scenario: "quick")
  /// let client = try Jules(options: emulator.options)
  /// ```
  public final class Emulator: Sendable {
    /// The base URL of its API.
    public let url: URL
    private let program: Running

    /// Starts one and waits until it answers.
    ///
    /// The program is that of `JULES_EMULATOR_BIN`, else `jules-emulator` on the `PATH`, where `pip install jules-emulator`
    /// and `cargo install jules-emulator` put it.
    ///
    /// - Parameters:
    ///   - scenario: What sessions play that name none: the name of a shipped scenario, or the path of a YAML file.
    ///   - speed: The agent's pauses are divided by it.
    ///   - seed: The same ids and the same chance every time.
    ///   - arguments: More of the command line, such as `["--concurrent", "3"]`.
    /// - Throws: ``EmulatorError``: it did not start.
    public init(
      scenario: String? = nil, speed: Double = 50, seed: UInt64? = nil, arguments: [String] = []
    ) throws {
      var words = ["--port", "0", "--exit-with-stdin", "--speed", "\(speed)"]
      if let scenario { words += ["--scenario", scenario] }
      if let seed { words += ["--seed", "\(seed)"] }
      program = try Running(words + arguments)
      url = try program.ready()
    }

    deinit { program.stop() }

    /// Ends it. It can be called twice.
    public func stop() { program.stop() }

    /// The options of a client of it: the cache is in memory, and polls are as frequent as the client likes.
    public var options: Jules.Options {
      var options = Jules.Options()
      options.apiKey = "any"
      options.baseURL = url
      options.pollingInterval = .milliseconds(20)
      options.cache = false
      options.activityBudget = false
      return options
    }

    /// Asks one of its control endpoints, such as `control("POST", "faults", ["kind": "status", "status": 503])` or
    /// `control("GET", "journal")`; gives its answer.
    @discardableResult
    public func control(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
      guard let place = URL(string: "/_emulator/\(path)", relativeTo: url) else {
        throw EmulatorError(description: "not a path: \(path)")
      }
      var request = URLRequest(url: place)
      request.httpMethod = method
      request.httpBody = try body.map { try JSONEncoder().encode($0) }
      let (data, response) = try await URLSession.shared.data(for: request)
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      guard 200..<300 ~= status else {
        throw EmulatorError(description: "\(method) \(path): \(status) \(String(decoding: data, as: UTF8.self))")
      }
      return data.isEmpty ? .null : try JSONDecoder().decode(JSONValue.self, from: data)
    }
  }

  /// Why an emulator did not start, or refused what it was asked.
  public struct EmulatorError: Error, CustomStringConvertible {
    /// The reason, and what to do.
    public let description: String
  }

  /// The process. Its standard input is its lifeline: it ends when nobody holds the other end.
  private final class Running: @unchecked Sendable {
    private let process = Process()
    private let (lifeline, output, errors) = (Pipe(), Pipe(), Pipe())
    private let lock = NSLock()
    private var ended = false

    init(_ arguments: [String]) throws {
      let program = try Self.find()
      process.executableURL = program
      process.arguments = arguments
      (process.standardInput, process.standardOutput, process.standardError) = (lifeline, output, errors)
      do {
        try process.run()
      } catch {
        throw EmulatorError(description: "cannot start \(program.path): \(error.localizedDescription)")
      }
    }

    private static func find() throws -> URL {
      let environment = ProcessInfo.processInfo.environment
      if let given = environment["JULES_EMULATOR_BIN"] { return URL(fileURLWithPath: given) }
      for folder in (environment["PATH"] ?? "").split(separator: ":") {
        let program = "\(folder)/jules-emulator"
        if FileManager.default.isExecutableFile(atPath: program) { return URL(fileURLWithPath: program) }
      }
      throw EmulatorError(
        description: "cannot find jules-emulator on the PATH. Install it with `pip install jules-emulator` or "
          + "`cargo install jules-emulator`, or set JULES_EMULATOR_BIN to its path.")
    }

    /// Waits for its first line, or for its end and what it says of that.
    func ready() throws -> URL {
      var line = Data()
      while !line.contains(UInt8(ascii: "\n")) {
        let more = output.fileHandleForReading.availableData
        guard !more.isEmpty else {
          let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
          throw EmulatorError(description: "jules-emulator ended before it was ready. \(said)")
        }
        line += more
      }
      // Whatever it says later is for whoever reads the tests' output.
      errors.fileHandleForReading.readabilityHandler = { FileHandle.standardError.write($0.availableData) }
      struct Ready: Decodable { let url: URL }
      return try JSONDecoder().decode(Ready.self, from: line).url
    }

    func stop() {
      lock.withLock {
        guard !ended else { return }
        ended = true
        errors.fileHandleForReading.readabilityHandler = nil
        try? lifeline.fileHandleForWriting.close()
        process.terminate()
      }
    }
  }
#endif
