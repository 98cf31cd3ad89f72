// Queries written in Swift. A query is its JSON form, the one that all languages share; these functions write it.

/// A question to the cache, for ``Jules/Jules/select(_:timeout:)`` and ``Activities/select(_:timeout:)``.
///
/// ```swift
/// let query = Query.sessions
///   .filter("state", .in(["completed", "failed"]))
///   .filter("createTime", .gte("2025-10-01"))
///   .search("flaky \"unit test\"")
///   .select("id", "title", "outputs.pullRequest.url")
///   .includeActivities(.all.filter("type", .eq("planGenerated")).limit(1))
///   .order(.asc)
///   .limit(10)
/// let rows = try await jules.select(query)
/// ```
///
/// Each function gives a changed copy. A query that isn't valid (an unknown field, an operator that doesn't fit) fails
/// when it runs, with ``JulesError/query(_:)`` with the valid words and a suggestion.
///
/// Encoded, it is its JSON form.
public struct Query: Sendable, Hashable {
  private var parts: QueryParts

  /// Of the sessions in the cache.
  public static let sessions = Query(json: ["from": "sessions"])
  /// Of the activities in the cache.
  public static let activities = Query(json: ["from": "activities"])

  /// The order of rows, by `createTime`.
  public enum Order: String, Sendable, Hashable, Codable {
    /// Oldest first.
    case asc
    /// Newest first.
    case desc
  }

  /// A query in its JSON form, such as one that was written by hand.
  public init(json: JSONValue) {
    parts = QueryParts(json: json)
  }

  /// The JSON form.
  public var json: JSONValue { parts.json }

  /// Only rows whose field passes. A dotted path leads into objects and lists; through a list it means any element. Several
  /// filters must all hold; on one field their operators come together.
  public func filter(_ field: String, _ condition: Op) -> Query {
    changed { $0.filter(field, condition) }
  }

  /// Only rows in whose texts these words occur: each as a part of a word too, whatever its case; a `"quoted phrase"` counts
  /// as one word. A session's texts are its title and prompt; an activity's its message, titles, descriptions of progress
  /// and commands.
  public func search(_ words: String) -> Query {
    changed { $0.search(words) }
  }

  /// The fields to give, as dotted paths; `"*"` for all, `"-path"` to leave one out. Without it, sessions give `id`,
  /// `state`, `title`, `createTime`, and activities `id`, `type`, `createTime`, `originator`, `artifactCount`, `summary`.
  public func select(_ fields: String...) -> Query { select(fields) }

  /// The fields to give, as a list.
  public func select(_ fields: [String]) -> Query {
    changed { $0["select"] = .array(fields.map { .string($0) }) }
  }

  /// Each session with its activities, in the field `activities`.
  public func includeActivities(_ include: Include = .all) -> Query {
    changed { $0.include(include, as: "activities") }
  }

  /// Each activity with its session, in the field `session`. Only `Include.select` applies.
  public func includeSession(_ include: Include = .all) -> Query {
    changed { $0.include(include, as: "session") }
  }

  /// The order by `createTime`; without it, newest first.
  public func order(_ order: Order) -> Query {
    changed { $0["order"] = .string(order.rawValue) }
  }

  /// At most this many rows; without it, all.
  public func limit(_ rows: Int) -> Query {
    changed { $0["limit"] = .integer(Int64(rows)) }
  }

  /// This many rows are skipped first; without it, none.
  public func offset(_ rows: Int) -> Query {
    changed { $0["offset"] = .integer(Int64(rows)) }
  }

  /// Begins with the row of this id.
  public func start(at id: String) -> Query {
    changed { $0["startAt"] = .string(id) }
  }

  /// Begins after the row of this id: the next page, when it was the last one of a page.
  public func start(after id: String) -> Query {
    changed { $0["startAfter"] = .string(id) }
  }

  /// The JSON text for the cache.
  var wire: String {
    get throws { try parts.wire }
  }

  private func changed(_ change: (inout QueryParts) -> Void) -> Query {
    var copy = self
    change(&copy.parts)
    return copy
  }
}

extension Query: Codable, CustomStringConvertible {
  /// Reads the JSON form. It is checked when it runs.
  public init(from decoder: any Decoder) throws {
    self.init(json: try JSONValue(from: decoder))
  }

  /// Writes the JSON form.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }

  /// The JSON form as text.
  public var description: String { json.description }
}

extension Query {
  /// What is included with each row, for ``Query/includeActivities(_:)`` and ``Query/includeSession(_:)``.
  public struct Include: Sendable, Hashable {
    private(set) var parts = QueryParts(json: [:])

    /// All of it.
    public static let all = Include()

    /// As ``Query/filter(_:_:)``.
    public func filter(_ field: String, _ condition: Op) -> Include {
      changed { $0.filter(field, condition) }
    }

    /// As ``Query/search(_:)``.
    public func search(_ words: String) -> Include {
      changed { $0.search(words) }
    }

    /// The fields to give; without it, all.
    public func select(_ fields: String...) -> Include { select(fields) }

    /// The fields to give, as a list.
    public func select(_ fields: [String]) -> Include {
      changed { $0["select"] = .array(fields.map { .string($0) }) }
    }

    /// The order within each session; without it, oldest first.
    public func order(_ order: Order) -> Include {
      changed { $0["order"] = .string(order.rawValue) }
    }

    /// At most this many of each session; without it, all.
    public func limit(_ rows: Int) -> Include {
      changed { $0["limit"] = .integer(Int64(rows)) }
    }

    private func changed(_ change: (inout QueryParts) -> Void) -> Include {
      var copy = self
      change(&copy.parts)
      return copy
    }
  }
}
