// Locks for as long as a closure runs. The generated code has the same for itself.

internal import JulesGlue

extension Lock {
  func withLock<Value>(_ work: () throws -> Value) rethrows -> Value {
    lock()
    defer { unlock() }
    return try work()
  }
}
