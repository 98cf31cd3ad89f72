// Durations cross the boundary as whole nanoseconds.

extension Duration {
  /// Whole nanoseconds; what is below zero counts as zero, what is beyond 584 years as that.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
    return overflow || carried ? .max : sum
  }
}
