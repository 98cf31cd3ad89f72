// Activities come by the thousand, so a chunk of them crosses the boundary as packed fields: `src/packed.rs` writes what is
// read here, field by field, and says how. What has no packed form comes as JSON.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Array where Element == Activity {
  /// Reads a chunk.
  init(packed chunk: Data) throws {
    self = try chunk.withUnsafeBytes { bytes in
      var fields = PackedFields(bytes)
      return try fields.list { try Activity(from: &$0) }
    }
  }
}

/// Reads one field after the other. Both sides are built together; what doesn't fit is an error, not a crash.
struct PackedFields {
  private var rest: Slice<UnsafeRawBufferPointer>

  /// The bytes must outlive it.
  init(_ bytes: UnsafeRawBufferPointer) {
    rest = bytes[...]
  }

  mutating func bytes(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= rest.count else { throw unreadable }
    let bytes = rest.prefix(count)
    rest = rest.dropFirst(count)
    return UnsafeRawBufferPointer(rebasing: bytes)
  }

  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws -> Number {
    Number(littleEndian: try bytes(MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
  }

  mutating func count() throws -> Int {
    guard let count = Int(exactly: try number(UInt64.self)) else { throw unreadable }
    return count
  }

  mutating func text() throws -> String {
    String(decoding: try bytes(try count()), as: UTF8.self)
  }

  mutating func optionalText() throws -> String? {
    try number(UInt8.self) == 0 ? nil : try text()
  }

  mutating func time() throws -> Timestamp? {
    try optionalText().map(Timestamp.init)
  }

  mutating func list<Item>(_ item: (inout Self) throws -> Item) throws -> [Item] {
    let count = try count()
    var items: [Item] = []
    // An item has a byte at least; a count beyond that is none.
    items.reserveCapacity(Swift.min(count, rest.count))
    for _ in 0..<count { items.append(try item(&self)) }
    return items
  }

  mutating func json<Value: Decodable>() throws -> Value {
    try decoded(try text())
  }

  var unreadable: JulesError {
    .decode(.init(message: "the library and its Swift layer don't match: packed fields could not be read"))
  }
}

extension Activity {
  fileprivate init(from fields: inout PackedFields) throws {
    let kind = try fields.number(UInt8.self)
    if kind == 0 {
      self = try fields.json()
      return
    }
    name = try fields.text()
    id = try fields.text()
    createTimestamp = try fields.time()
    originator = try fields.text()
    description = try fields.optionalText()
    event =
      switch kind {
      case 1: .agentMessaged(message: try fields.text())
      case 2: .userMessaged(message: try fields.text())
      case 3: .planGenerated(plan: try Plan(from: &fields))
      case 4: .planApproved(planID: try fields.text())
      case 5: .progressUpdated(title: try fields.text(), description: description ?? "")
      case 6: .sessionCompleted
      case 7: .sessionFailed(reason: try fields.text())
      default: throw fields.unreadable
      }
    artifacts = try fields.list { try Artifact(from: &$0) }
  }
}

extension Plan {
  fileprivate init(from fields: inout PackedFields) throws {
    id = try fields.text()
    createTimestamp = try fields.time()
    steps = try fields.list { fields in
      PlanStep(
        id: try fields.text(), title: try fields.text(), description: try fields.optionalText(),
        index: Int(try fields.number(UInt32.self)))
    }
  }
}

extension Artifact {
  fileprivate init(from fields: inout PackedFields) throws {
    self =
      switch try fields.number(UInt8.self) {
      case 0: try fields.json()
      case 1:
        .changeSet(
          ChangeSet(
            source: try fields.text(),
            gitPatch: GitPatch(
              unidiffPatch: try fields.text(), baseCommitID: try fields.text(),
              suggestedCommitMessage: try fields.text())))
      case 2:
        .bashOutput(
          BashOutput(command: try fields.text(), output: try fields.text(), exitCode: try fields.number(Int32.self)))
      case 3: .media(Media(data: try fields.text(), format: try fields.text()))
      default: throw fields.unreadable
      }
  }
}
