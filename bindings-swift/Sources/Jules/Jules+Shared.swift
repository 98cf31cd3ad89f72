// The ready-made client: made when it is first needed, or configured.

internal import JulesGlue

extension Jules {
  /// The ready-made client, with everything from the environment unless it was configured. When the environment is
  /// incomplete (no `JULES_API_KEY`), the first call that needs it throws.
  public static var shared: Jules { Shared.client.get() }

  /// Gives ``shared`` these options in the place of the environment's.
  ///
  /// ```swift
  /// try Jules.configureShared { $0.apiKey = "key-from-the-keychain" }
  /// ```
  ///
  /// What the previous client had under way continues; end it with ``closeShared()`` before.
  ///
  /// - Throws: ``JulesError/config(_:)`` for an invalid option; ``shared`` stays as it is then.
  public static func configureShared(_ change: (inout Options) throws -> Void) throws {
    var options = Options()
    try change(&options)
    configureShared(try Jules(options: options))
  }

  /// Gives ``shared`` this client.
  public static func configureShared(_ client: Jules) {
    _ = Shared.client.replace(client)
  }

  /// Begins anew: the environment is read again when ``shared`` is next used. In a test that has changed it, say.
  public static func resetShared() {
    _ = Shared.client.replace(nil)
  }

  /// Closes the client behind ``shared``, if there is one; the next use makes a new one.
  public static func closeShared() async {
    await Shared.client.replace(nil)?.close()
  }
}

/// What ``Jules/shared`` is now.
private final class Shared: @unchecked Sendable {
  static let client = Shared()

  private let lock = Lock()
  private var current: Jules?

  func get() -> Jules {
    lock.withLock {
      if let current { return current }
      let made = Jules.fromEnvironment()
      current = made
      return made
    }
  }

  func replace(_ client: Jules?) -> Jules? {
    lock.withLock {
      defer { current = client }
      return current
    }
  }
}
