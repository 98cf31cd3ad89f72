// Where the items of a batch stood when it stopped.

/// Where one item stood when a ``Batch`` stopped at an error; see ``JulesError/Context/results``.
public struct ItemReport: Sendable, Hashable {
  /// The status of an item.
  public enum Status: Sendable, Hashable {
    /// It keeps running on the server; ``Jules/session(id:)`` finds it.
    case running
    /// It has ended, like this.
    case finished(Outcome)
    /// It could not be run.
    case failed(JulesError)
  }

  /// Which item, from 0.
  public let index: Int
  /// Its session, if it was created.
  public let sessionID: String?
  /// Its status.
  public let status: Status

  /// A value of your own, for tests and previews.
  public init(index: Int, sessionID: String? = nil, status: Status) {
    self.index = index
    self.sessionID = sessionID
    self.status = status
  }
}

/// The form in which it crosses the boundary.
struct ItemReportWire: Decodable {
  let report: ItemReport

  private enum CodingKeys: String, CodingKey {
    case index, status, outcome, error
    case sessionID = "sessionId"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let status: ItemReport.Status =
      switch try fields.decode(String.self, forKey: .status) {
      case "finished": .finished(try fields.decode(Outcome.self, forKey: .outcome))
      case "failed": .failed(try fields.decode(JulesError.Fields.self, forKey: .error).error)
      default: .running
      }
    report = ItemReport(
      index: try fields.decode(Int.self, forKey: .index),
      sessionID: try fields.decodeIfPresent(String.self, forKey: .sessionID),
      status: status)
  }
}
