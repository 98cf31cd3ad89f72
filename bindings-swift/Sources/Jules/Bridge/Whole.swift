// Whole numbers on their way to Rust, which has none below zero.

/// The number of an option in the form in which it crosses the boundary.
///
/// - Throws: ``JulesError/config(_:)`` for one below zero; what is too great goes as the greatest.
func whole<Number: FixedWidthInteger & UnsignedInteger>(_ number: Int?, _ option: String) throws -> Number? {
  guard let number else { return nil }
  guard number >= 0 else {
    var context = JulesError.Context(message: "\(option) must be a whole number ≥ 0, got \(number)")
    context.field = option
    throw JulesError.config(context)
  }
  return Number(clamping: number)
}
