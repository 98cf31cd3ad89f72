// Values come from Rust as JSON and become Swift here.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads a value that came with a call.
func decoded<Value: Decodable>(_ json: String, as type: Value.Type = Value.self) throws -> Value {
  do {
    return try JSONDecoder().decode(type, from: Data(json.utf8))
  } catch {
    throw JulesError.decode(.init(message: "a \(type) could not be read: \(error)"))
  }
}

/// Reads what the core derived from a value that Swift already has; both sides are built together, so it fits.
func derived<Value: Decodable>(_ json: () throws -> String) -> Value {
  do {
    return try decoded(json())
  } catch {
    preconditionFailure("the library and its Swift layer don't match: \(error)")
  }
}

/// Takes what the core says of a value that it holds itself, where nothing can go wrong.
func derivedText(_ text: () throws -> String?) -> String? {
  do {
    return try text()
  } catch {
    preconditionFailure("the library and its Swift layer don't match: \(error)")
  }
}

/// The URL of a text from the server; `nil` when there is none in it.
func address(_ text: String) -> URL? {
  text.isEmpty ? nil : URL(string: text)
}
