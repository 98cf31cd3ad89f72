// A session as the server describes it.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A session, with what is known of it at one moment.
public struct SessionInfo: Sendable, Hashable, Identifiable, Codable {
  /// Unique among the account's sessions.
  public let id: String
  /// The resource name, `sessions/<id>`.
  public let name: String
  /// The title, given by the user or the server.
  public let title: String
  /// What the agent should do.
  public let prompt: String
  /// The session's state.
  public let state: SessionState
  /// What the server says its state is, where ``state`` is believed against it: its activities told its end long ago.
  public let serverState: SessionState?
  /// Whether it is archived.
  public let isArchived: Bool
  /// What it works on.
  public let sourceContext: SourceContext?
  /// The source itself, where the server sends it along.
  public let source: Source?
  /// Whether plans wait for approval.
  public let requiresPlanApproval: Bool?
  /// The server's word for what happens at the end, such as `AUTO_CREATE_PR`.
  public let automationMode: String?
  /// Its outputs so far.
  public let outputs: [SessionOutput]
  /// The pull request among the outputs.
  public let pullRequest: PullRequest?
  /// The latest plan among the activities.
  public let plan: Plan?
  /// The activities that are known; none in listings.
  public let activities: [Activity]
  /// How it ended, when it has.
  public let outcome: Outcome?

  let urlText: String
  let createTimestamp: Timestamp?
  let updateTimestamp: Timestamp?

  /// A value of your own, for tests and previews.
  public init(
    id: String,
    state: SessionState,
    name: String? = nil,
    title: String = "",
    prompt: String = "",
    url: URL? = nil,
    createTime: Date? = nil,
    updateTime: Date? = nil,
    isArchived: Bool = false,
    sourceContext: SourceContext? = nil,
    source: Source? = nil,
    requiresPlanApproval: Bool? = nil,
    automationMode: String? = nil,
    outputs: [SessionOutput] = [],
    pullRequest: PullRequest? = nil,
    plan: Plan? = nil,
    activities: [Activity] = [],
    outcome: Outcome? = nil,
    serverState: SessionState? = nil
  ) {
    self.id = id
    self.state = state
    self.serverState = serverState
    self.name = name ?? "sessions/\(id)"
    self.title = title
    self.prompt = prompt
    urlText = url?.absoluteString ?? ""
    createTimestamp = createTime.map(Timestamp.init)
    updateTimestamp = updateTime.map(Timestamp.init)
    self.isArchived = isArchived
    self.sourceContext = sourceContext
    self.source = source
    self.requiresPlanApproval = requiresPlanApproval
    self.automationMode = automationMode
    self.outputs = outputs
    self.pullRequest = pullRequest
    self.plan = plan
    self.activities = activities
    self.outcome = outcome
  }

  /// Reads the JSON shape that all languages share, also where a query left out what the cache doesn't keep with a
  /// session: lists that are absent are empty.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    id = try fields.decode(String.self, forKey: .id)
    name = try fields.decodeIfPresent(String.self, forKey: .name) ?? "sessions/\(id)"
    title = try fields.decodeIfPresent(String.self, forKey: .title) ?? ""
    prompt = try fields.decodeIfPresent(String.self, forKey: .prompt) ?? ""
    state = try fields.decode(SessionState.self, forKey: .state)
    serverState = try fields.decodeIfPresent(SessionState.self, forKey: .serverState)
    isArchived = try fields.decodeIfPresent(Bool.self, forKey: .isArchived) ?? false
    sourceContext = try fields.decodeIfPresent(SourceContext.self, forKey: .sourceContext)
    source = try fields.decodeIfPresent(Source.self, forKey: .source)
    requiresPlanApproval = try fields.decodeIfPresent(Bool.self, forKey: .requiresPlanApproval)
    automationMode = try fields.decodeIfPresent(String.self, forKey: .automationMode)
    outputs = try fields.decodeIfPresent([SessionOutput].self, forKey: .outputs) ?? []
    pullRequest = try fields.decodeIfPresent(PullRequest.self, forKey: .pullRequest)
    plan = try fields.decodeIfPresent(Plan.self, forKey: .plan)
    activities = try fields.decodeIfPresent([Activity].self, forKey: .activities) ?? []
    outcome = try fields.decodeIfPresent(Outcome.self, forKey: .outcome)
    urlText = try fields.decodeIfPresent(String.self, forKey: .urlText) ?? ""
    createTimestamp = try fields.decodeIfPresent(Timestamp.self, forKey: .createTimestamp)
    updateTimestamp = try fields.decodeIfPresent(Timestamp.self, forKey: .updateTimestamp)
  }

  /// The session's page in the web app.
  public var url: URL? { address(urlText) }
  /// When it was created, by the server's clock.
  public var createTime: Date? { createTimestamp?.date }
  /// When it last changed, by the server's clock.
  public var updateTime: Date? { updateTimestamp?.date }

  private enum CodingKeys: String, CodingKey {
    case id, name, title, prompt, state, serverState, sourceContext, source
    case automationMode, outputs, pullRequest, plan, activities, outcome
    case isArchived = "archived"
    case requiresPlanApproval = "requirePlanApproval"
    case urlText = "url"
    case createTimestamp = "createTime"
    case updateTimestamp = "updateTime"
  }
}

/// What a session works on.
public struct SourceContext: Sendable, Hashable, Codable {
  /// The source's name, `sources/github/owner/repo`.
  public let source: String
  /// The branch that the work starts from.
  public let startingBranch: String?
  /// The branch that the agent works on.
  public let workingBranch: String?
  /// Whether the agent gets the environment variables that are set up for the source.
  public let environmentVariablesEnabled: Bool?

  /// A value of your own, for tests and previews.
  public init(
    source: String, startingBranch: String? = nil, workingBranch: String? = nil,
    environmentVariablesEnabled: Bool? = nil
  ) {
    self.source = source
    self.startingBranch = startingBranch
    self.workingBranch = workingBranch
    self.environmentVariablesEnabled = environmentVariablesEnabled
  }
}
