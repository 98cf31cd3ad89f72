// A moment as the server wrote it. `Date` keeps less than nanoseconds, so the text is kept and the date made from it.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A moment in UTC: RFC 3339 text, to the nanosecond.
struct Timestamp: Sendable, Hashable, Codable {
  let text: String

  init(text: String) {
    self.text = text
  }

  /// The moment of a date, to a tenth of a microsecond, which is what a `Date` of these decades can tell apart: ``date``
  /// gives it back.
  init(_ date: Date) {
    let ticksASecond = 10_000_000
    let seconds = date.timeIntervalSinceReferenceDate.rounded(.down)
    let ticks = Int(((date.timeIntervalSinceReferenceDate - seconds) * Double(ticksASecond)).rounded())
    let (carried, rest) = ticks.quotientAndRemainder(dividingBy: ticksASecond)
    var decimals = String(ticksASecond + rest).dropFirst()
    while decimals.last == "0" { decimals.removeLast() }
    let second = Date(timeIntervalSinceReferenceDate: seconds + Double(carried)).formatted(.iso8601).dropLast()
    text = decimals.isEmpty ? "\(second)Z" : "\(second).\(decimals)Z"
  }

  init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  /// The moment; `nil` when the text is not `YYYY-MM-DDThh:mm:ss[.decimals]Z`, the form in which the core writes times.
  var date: Date? {
    var reader = DigitReader(text.utf8)
    guard
      let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), reader.skip("T"),
      let hour = reader.number(digits: 2), reader.skip(":"),
      let minute = reader.number(digits: 2), reader.skip(":"),
      let second = reader.number(digits: 2)
    else { return nil }
    let fraction = reader.skip(".") ? reader.fraction() : 0
    guard reader.skip("Z"), reader.isAtEnd else { return nil }
    let days = Self.daysSince2001(year: year, month: month, day: day)
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return Date(timeIntervalSinceReferenceDate: TimeInterval(seconds) + fraction)
  }

  /// Counts years from March, so that the leap day is the last of the year and each era of 400 years is the same.
  private static func daysSince2001(year: Int, month: Int, day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 730_791
  }
}

private struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String.UTF8View) {
    rest = text[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  mutating func fraction() -> Double {
    var value = 0.0
    var scale = 1.0
    while let digit = digit() {
      value = value * 10 + Double(digit)
      scale *= 10
    }
    return value / scale
  }

  private mutating func digit() -> Int? {
    guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
    rest.removeFirst()
    return Int(first - UInt8(ascii: "0"))
  }
}
