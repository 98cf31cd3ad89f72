// The error as numbers and names that stay what they are; as Objective-C, and what reports crashes, sees it.

#if !canImport(FoundationEssentials)
  import Foundation
#endif

extension JulesError {
  /// `Jules.JulesError`.
  public static var errorDomain: String { "Jules.JulesError" }

  /// A number for each kind. It stays what it is, whatever kinds are added.
  public var errorCode: Int {
    switch self {
    case .config: 1
    case .network: 2
    case .timeout: 3
    case .authentication: 4
    case .notFound: 5
    case .rateLimit: 6
    case .invalidRequest: 7
    case .precondition: 8
    case .server: 9
    case .decode: 10
    case .sourceNotFound: 11
    case .unexpectedState: 12
    case .sessionEnded: 13
    case .store: 14
    case .patch: 15
    case .query: 16
    case .closed: 17
    }
  }
}

// It is a part of the whole Foundation, which would make each static tool on Linux larger by 40 MB.
#if !canImport(FoundationEssentials)
  extension JulesError: CustomNSError {
    /// The text, and what tells errors of a kind apart, by the names that all languages share.
    public var errorUserInfo: [String: Any] {
      var info: [String: Any] = [
        NSLocalizedDescriptionKey: context.message, "kind": kind, "retryable": context.isRetryable,
      ]
      info["status"] = context.status
      info["code"] = context.code
      info["requestId"] = context.requestID
      info["sessionId"] = context.sessionID
      return info
    }
  }
#endif
