// What a value has with it that is no part of it.

/// Something that says nothing of what a value is: values that differ in it alone are equal.
struct Aside<Value: Sendable>: Sendable, Hashable {
  var value: Value

  static func == (one: Self, other: Self) -> Bool { true }
  func hash(into hasher: inout Hasher) {}
}
