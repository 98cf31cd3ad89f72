// The JSON form of a query while it is being written, and what of it can't be written down.

/// The parts that a query and what it includes have in common.
struct QueryParts: Sendable, Hashable {
  private(set) var json: JSONValue
  /// The first thing that JSON has no place for; said when the query runs.
  private(set) var problem: String?

  init(json: JSONValue) {
    self.json = json
  }

  subscript(part: String) -> JSONValue? {
    get { json[part] }
    set {
      guard case .object(var fields) = json else { return }
      fields[part] = newValue
      json = .object(fields)
    }
  }

  mutating func filter(_ field: String, _ condition: Query.Op) {
    guard field != "search" else {
      return complain("search is not a field: use the function search")
    }
    change("where", field) { operators in
      for one in condition.operators where operators.updateValue(one.value, forKey: one.name) != nil {
        return "\"\(field)\" has the operator \(one.name) twice"
      }
      return nil
    }
  }

  mutating func search(_ words: String) {
    var conditions = object("where")
    guard conditions.updateValue(.string(words), forKey: "search") == nil else {
      return complain("search is given twice; put all the words into one")
    }
    self["where"] = .object(conditions)
  }

  mutating func include(_ include: Query.Include, as name: String) {
    if let problem = include.parts.problem { complain(problem) }
    self["include"] = [name: include.parts.json]
  }

  /// The JSON text, or the error about what could not be written.
  var wire: String {
    get throws {
      if let problem { throw JulesError.query(.init(message: problem)) }
      return json.description
    }
  }

  private mutating func change(
    _ part: String, _ field: String, _ change: (inout [String: JSONValue]) -> String?
  ) {
    var fields = object(part)
    var inner: [String: JSONValue] = [:]
    switch fields[field] {
    case .object(let there): inner = there
    case .some(let value): inner = ["eq": value]
    case nil: break
    }
    if let problem = change(&inner) { complain(problem) }
    fields[field] = .object(inner)
    self[part] = .object(fields)
  }

  private func object(_ part: String) -> [String: JSONValue] {
    if case .object(let fields) = self[part] { fields } else { [:] }
  }

  private mutating func complain(_ message: String) {
    problem = problem ?? message
  }
}
