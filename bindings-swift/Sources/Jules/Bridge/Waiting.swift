// How a call waits: Task cancellation reaches the Rust future, and what it throws is Swift's.

internal import JulesGlue

/// Makes one waiting call. Cancelling the surrounding task drops the future in Rust, which stops its work, and throws
/// `CancellationError`; every other failure is a ``JulesError``.
func waiting<Value: Sendable>(
  isolation: isolated (any Actor)? = #isolation,
  _ call: @Sendable (CancelToken) async throws -> Value
) async throws -> Value {
  let token = CancelToken()
  do {
    return try await withTaskCancellationHandler {
      try await call(token)
    } onCancel: {
      token.cancel()
    }
  } catch let failure as Failure {
    throw failure.thrown
  }
}

/// Makes one call that doesn't wait.
func direct<Value>(_ call: () throws -> Value) throws -> Value {
  do {
    return try call()
  } catch let failure as Failure {
    throw failure.thrown
  }
}

extension Failure {
  /// What the caller gets to see.
  var thrown: any Error {
    switch self {
    case .Cancelled: CancellationError()
    case .Failed(let fields): JulesError(fields: fields)
    }
  }
}
