// The operations of outcomes and snapshots: their files and changes, also in a folder that is made for the step.

import Foundation
import Jules

extension Operations {
  func performOnOutcome(_ op: String) throws -> StepResult? {
    switch op {
    case "completed":
      StepResult(json: try completed())
    case "generatedFiles":
      StepResult(json: try generatedFiles())
    case "changeSet.parsed":
      StepResult(json: try changes.map { try asJSON($0.parsed()) } ?? .null)
    case "changeSet.applyTo":
      StepResult(json: try appliedChanges())
    case "readAgain":
      StepResult(json: try readAgain())
    case "summary":
      StepResult(json: .string(try activity.summary))
    case "bashText":
      StepResult(json: .string(try bashText()))
    case "mediaText":
      StepResult(json: .string(try mediaText()))
    default:
      nil
    }
  }

  private func completed() throws -> JSONValue {
    guard case .outcome(let outcome) = on else { throw Unsupported(message: "it is not an outcome") }
    return try asJSON(outcome.get())
  }

  private var activity: Activity {
    get throws { try value(Activity.self, of: with["activity"]) }
  }

  private func bashText() throws -> String {
    for case .bashOutput(let bash) in try activity.artifacts { return "\(bash)" }
    throw Unsupported(message: "it has no output")
  }

  private func mediaText() throws -> String {
    for case .media(let media) in try activity.artifacts { return String(decoding: try media.bytes(), as: UTF8.self) }
    throw Unsupported(message: "it has no media")
  }

  private func value<Value: Decodable>(_ type: Value.Type, of json: JSONValue?) throws -> Value {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(json ?? .null))
  }

  /// Through text and back: what is read is what was written.
  private func readAgain() throws -> JSONValue {
    func through<Value: Codable & Equatable>(_ type: Value.Type) throws -> JSONValue {
      try again(value(type, of: with["json"]))
    }
    func again<Value: Codable & Equatable>(_ read: Value) throws -> JSONValue {
      let copy = try value(Value.self, of: asJSON(read))
      guard copy == read else { throw Unsupported(message: "it is another one: \(copy)") }
      return try asJSON(copy)
    }
    switch on {
    case .outcome(let outcome): return try again(outcome)
    case .snapshot(let snapshot): return try again(snapshot)
    default: break
    }
    return switch with.string("type") {
    case "Activity": try through(Activity.self)
    case "Outcome": try through(Outcome.self)
    case "QueueStatus": try through(QueueStatus.self)
    case "Quota": try through(Quota.self)
    case "SessionInfo": try through(SessionInfo.self)
    case "Source": try through(Source.self)
    case let type: throw Unsupported(message: "no values of the kind \(type ?? "")")
    }
  }

  private func generatedFiles() throws -> JSONValue {
    let folder = with["files"] != nil
    switch on {
    case .outcome(let outcome) where folder: return try inFolder { try asJSON(outcome.generatedFiles(in: $0).all()) }
    case .outcome(let outcome): return try asJSON(outcome.generatedFiles().all())
    case .snapshot(let snapshot) where folder: return try inFolder { try asJSON(snapshot.generatedFiles(in: $0).all()) }
    case .snapshot(let snapshot): return try asJSON(snapshot.generatedFiles.all())
    default: throw Unsupported(message: "no outcome or snapshot to work on")
    }
  }

  private func appliedChanges() throws -> JSONValue {
    guard let changes = try changes else { throw Unsupported(message: "it has no changes") }
    return try inFolder { folder in
      try changes.apply(to: folder)
      return .object(try contents(of: folder))
    }
  }

  private var changes: ChangeSet? {
    get throws {
      switch on {
      case .outcome(let outcome): outcome.changeSet()
      case .snapshot(let snapshot): snapshot.changeSet()
      default: throw Unsupported(message: "no outcome or snapshot to work on")
      }
    }
  }

  /// Works in a new folder with the step's `files`, which maps paths to contents.
  private func inFolder(_ work: (URL) throws -> JSONValue) throws -> JSONValue {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jules-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (path, content) in with["files"]?.objectValue ?? [:] {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((content.stringValue ?? "").utf8).write(to: file)
    }
    do {
      return try work(folder)
    } catch let error as JulesError {
      throw InFolder(folder: folder.path, cause: error)
    }
  }

  /// Every file below, by its path with `/`.
  private func contents(of folder: URL, below prefix: String = "") throws -> [String: JSONValue] {
    var files: [String: JSONValue] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let file = folder.appendingPathComponent(name)
      if try FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType == .typeDirectory {
        files.merge(try contents(of: file, below: "\(prefix)\(name)/")) { _, new in new }
      } else {
        files[prefix + name] = .string(String(decoding: try Data(contentsOf: file), as: UTF8.self))
      }
    }
    return files
  }
}

/// An error about a folder that only this run has.
struct InFolder: Error {
  let folder: String
  let cause: JulesError
}
