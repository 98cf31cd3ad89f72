// A condition on a field.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Query {
  /// A condition on a field. A literal means ``eq(_:)``.
  ///
  /// ```swift
  /// let failed = Query.activities
  ///   .filter("type", "progressUpdated")
  ///   .filter("artifacts.exitCode", .gt(0).and(.lt(128)))
  ///   .filter("title", .contains("test"))
  /// ```
  public struct Op: Sendable, Hashable {
    let operators: [Operator]

    struct Operator: Sendable, Hashable {
      let name: String
      let value: JSONValue
    }

    private init(_ name: String, _ value: JSONValue) {
      operators = [Operator(name: name, value: value)]
    }

    private init(_ operators: [Operator]) {
      self.operators = operators
    }

    /// The field is this value; `JSONValue.null` stands for a field that is missing.
    public static func eq(_ value: some QueryValue) -> Op { Op("eq", value.queryValue) }
    /// The field is not this value; a missing field isn't.
    public static func neq(_ value: some QueryValue) -> Op { Op("neq", value.queryValue) }
    /// The field is text that contains this, ignoring case.
    public static func contains(_ part: String) -> Op { Op("contains", .string(part)) }
    /// The field is greater than this: later, higher, later in alphabetical order.
    public static func gt(_ value: some QueryValue) -> Op { Op("gt", value.queryValue) }
    /// The field is this or greater.
    public static func gte(_ value: some QueryValue) -> Op { Op("gte", value.queryValue) }
    /// The field is less than this.
    public static func lt(_ value: some QueryValue) -> Op { Op("lt", value.queryValue) }
    /// The field is this or less.
    public static func lte(_ value: some QueryValue) -> Op { Op("lte", value.queryValue) }
    /// The field is one of these.
    public static func `in`(_ values: [some QueryValue]) -> Op { Op("in", .array(values.map(\.queryValue))) }
    /// The field exists, or doesn't.
    public static func exists(_ wanted: Bool = true) -> Op { Op("exists", .bool(wanted)) }

    /// Both conditions; where the field has several values, one of them must meet both.
    public func and(_ other: Op) -> Op { Op(operators + other.operators) }
  }
}

extension Query.Op: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  /// The field is this text.
  public init(stringLiteral value: String) { self = .eq(value) }
  /// The field is this number.
  public init(integerLiteral value: Int) { self = .eq(value) }
  /// The field is this number.
  public init(floatLiteral value: Double) { self = .eq(value) }
  /// The field is true or false.
  public init(booleanLiteral value: Bool) { self = .eq(value) }
}

/// What a field of the cache can be compared with: text, numbers, true and false, dates, and the words of this package.
public protocol QueryValue: Sendable {
  /// It in the JSON form of a query.
  var queryValue: JSONValue { get }
}

extension String: QueryValue {
  /// It in the JSON form of a query.
  public var queryValue: JSONValue { .string(self) }
}

extension Int: QueryValue {
  /// It in the JSON form of a query.
  public var queryValue: JSONValue { .integer(Int64(self)) }
}

extension Double: QueryValue {
  /// It in the JSON form of a query.
  public var queryValue: JSONValue { .number(self) }
}

extension Bool: QueryValue {
  /// It in the JSON form of a query.
  public var queryValue: JSONValue { .bool(self) }
}

extension Date: QueryValue {
  /// It in the JSON form of a query: the time in UTC, to a tenth of a microsecond. The server's times may be finer.
  public var queryValue: JSONValue { .string(Timestamp(self).text) }
}

extension JSONValue: QueryValue {
  /// It as it is.
  public var queryValue: JSONValue { self }
}

extension SessionState: QueryValue {
  /// Its name.
  public var queryValue: JSONValue { .string(rawValue) }
}

extension ActivityType: QueryValue {
  /// Its name.
  public var queryValue: JSONValue { .string(rawValue) }
}
