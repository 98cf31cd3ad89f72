// What a query gives.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One row that a ``Query`` gave: a JSON object with the fields that were selected, by the names that all languages share.
///
/// ```swift
/// for row in try await jules.select(.sessions.select("id", "title", "createTime")) {
///   print(row.id ?? "", row["title"]?.stringValue ?? "")
/// }
/// ```
///
/// ``Jules/Jules/select(_:as:timeout:)`` gives values of your own type instead.
public struct QueryRow: Sendable, Hashable {
  /// The fields by name.
  public let fields: [String: JSONValue]

  /// A row of your own, for tests and previews.
  public init(fields: [String: JSONValue]) {
    self.fields = fields
  }

  /// The id, where it was selected.
  public var id: String? { fields["id"]?.stringValue }

  /// A field; `nil` where the row has none of this name.
  public subscript(field: String) -> JSONValue? { fields[field] }
}

extension QueryRow: Codable, CustomStringConvertible, ExpressibleByDictionaryLiteral {
  /// Reads a JSON object.
  public init(from decoder: any Decoder) throws {
    fields = try [String: JSONValue](from: decoder)
  }

  /// A row of your own, for tests and previews.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    fields = Dictionary(elements, uniquingKeysWith: { _, last in last })
  }

  /// Writes the JSON object.
  public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }

  /// The JSON text.
  public var description: String { JSONValue.object(fields).description }
}

/// Reads rows into a type of the caller's, who names it rightly or gets an error that says where it doesn't fit.
func rows<Row: Decodable>(_ json: String, as type: Row.Type) throws -> [Row] {
  let decoder = JSONDecoder()
  decoder.dateDecodingStrategy = .custom { decoder in
    let timestamp = try Timestamp(from: decoder)
    if let date = timestamp.date { return date }
    let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no time: \(timestamp.text)")
    throw DecodingError.dataCorrupted(context)
  }
  do {
    return try decoder.decode([Row].self, from: Data(json.utf8))
  } catch {
    throw JulesError.decode(.init(message: "the rows are not of the type \(type): \(error)"))
  }
}
