// The types once more, as members of the client, so that they can be qualified: beside another module that has a `Session`
// of its own, `Jules.Session` is ours. (A module and a class share the name `Jules`, and the class wins there.) A type alias
// of a type's own name would mean itself; so each goes by way of a name that nobody sees. `scripts/undocumented.py` finds
// the type that lacks one.

// swift-format-ignore-file

public typealias _Activities = Activities
public typealias _Activity = Activity
public typealias _ActivityStream = ActivityStream
public typealias _ActivityType = ActivityType
public typealias _Approval = Approval
public typealias _Artifact = Artifact
public typealias _BashOutput = BashOutput
public typealias _Batch = Batch
public typealias _BatchEnd = BatchEnd
public typealias _BatchProgress = BatchProgress
public typealias _CacheInfo = CacheInfo
public typealias _ChangeSet = ChangeSet
public typealias _ChangeType = ChangeType
public typealias _FailedCommand = FailedCommand
public typealias _GeneratedFile = GeneratedFile
public typealias _GeneratedFiles = GeneratedFiles
public typealias _GitHubRepo = GitHubRepo
public typealias _GitHubSource = GitHubSource
public typealias _GitPatch = GitPatch
public typealias _Insights = Insights
public typealias _ItemReport = ItemReport
public typealias _JSONValue = JSONValue
public typealias _JulesError = JulesError
public typealias _Media = Media
public typealias _Metrics = Metrics
public typealias _Outcome = Outcome
public typealias _Page = Page
public typealias _ParsedPatch = ParsedPatch
public typealias _Plan = Plan
public typealias _PlanLimit = PlanLimit
public typealias _PlanStep = PlanStep
public typealias _PullRequest = PullRequest
public typealias _Query = Query
public typealias _QueryRow = QueryRow
public typealias _Queue = Queue
public typealias _QueueStatus = QueueStatus
public typealias _QueueTask = QueueTask
public typealias _QueueTaskList = QueueTaskList
public typealias _QueueWork = QueueWork
public typealias _Quota = Quota
public typealias _RequestInfo = RequestInfo
public typealias _Run = Run
public typealias _RunConfig = RunConfig
public typealias _Session = Session
public typealias _SessionCacheInfo = SessionCacheInfo
public typealias _SessionEnd = SessionEnd
public typealias _SessionInfo = SessionInfo
public typealias _SessionList = SessionList
public typealias _SessionOutput = SessionOutput
public typealias _SessionState = SessionState
public typealias _SlotWait = SlotWait
public typealias _Snapshot = Snapshot
public typealias _Source = Source
public typealias _SourceContext = SourceContext
public typealias _SourceList = SourceList
public typealias _StaleReason = StaleReason
public typealias _StoreFault = StoreFault
public typealias _SyncDepth = SyncDepth
public typealias _SyncProgress = SyncProgress
public typealias _SyncReport = SyncReport
public typealias _TaskConfig = TaskConfig
public typealias _TimelineEntry = TimelineEntry
public typealias _WaitReason = WaitReason

extension Jules {
  /// `Activities`, for where another module has one too.
  public typealias Activities = _Activities
  /// `Activity`, for where another module has one too.
  public typealias Activity = _Activity
  /// `ActivityStream`, for where another module has one too.
  public typealias ActivityStream = _ActivityStream
  /// `ActivityType`, for where another module has one too.
  public typealias ActivityType = _ActivityType
  /// `Approval`, for where another module has one too.
  public typealias Approval = _Approval
  /// `Artifact`, for where another module has one too.
  public typealias Artifact = _Artifact
  /// `BashOutput`, for where another module has one too.
  public typealias BashOutput = _BashOutput
  /// `Batch`, for where another module has one too.
  public typealias Batch = _Batch
  /// `BatchEnd`, for where another module has one too.
  public typealias BatchEnd = _BatchEnd
  /// `BatchProgress`, for where another module has one too.
  public typealias BatchProgress = _BatchProgress
  /// `CacheInfo`, for where another module has one too.
  public typealias CacheInfo = _CacheInfo
  /// `ChangeSet`, for where another module has one too.
  public typealias ChangeSet = _ChangeSet
  /// `ChangeType`, for where another module has one too.
  public typealias ChangeType = _ChangeType
  /// `FailedCommand`, for where another module has one too.
  public typealias FailedCommand = _FailedCommand
  /// `GeneratedFile`, for where another module has one too.
  public typealias GeneratedFile = _GeneratedFile
  /// `GeneratedFiles`, for where another module has one too.
  public typealias GeneratedFiles = _GeneratedFiles
  /// `GitHubRepo`, for where another module has one too.
  public typealias GitHubRepo = _GitHubRepo
  /// `GitHubSource`, for where another module has one too.
  public typealias GitHubSource = _GitHubSource
  /// `GitPatch`, for where another module has one too.
  public typealias GitPatch = _GitPatch
  /// `Insights`, for where another module has one too.
  public typealias Insights = _Insights
  /// `ItemReport`, for where another module has one too.
  public typealias ItemReport = _ItemReport
  /// `JSONValue`, for where another module has one too.
  public typealias JSONValue = _JSONValue
  /// `JulesError`, for where another module has one too.
  public typealias JulesError = _JulesError
  /// `Media`, for where another module has one too.
  public typealias Media = _Media
  /// `Metrics`, for where another module has one too.
  public typealias Metrics = _Metrics
  /// `Outcome`, for where another module has one too.
  public typealias Outcome = _Outcome
  /// `Page`, for where another module has one too.
  public typealias Page = _Page
  /// `ParsedPatch`, for where another module has one too.
  public typealias ParsedPatch = _ParsedPatch
  /// `Plan`, for where another module has one too.
  public typealias Plan = _Plan
  /// `PlanLimit`, for where another module has one too.
  public typealias PlanLimit = _PlanLimit
  /// `PlanStep`, for where another module has one too.
  public typealias PlanStep = _PlanStep
  /// `PullRequest`, for where another module has one too.
  public typealias PullRequest = _PullRequest
  /// `Query`, for where another module has one too.
  public typealias Query = _Query
  /// `QueryRow`, for where another module has one too.
  public typealias QueryRow = _QueryRow
  /// `Queue`, for where another module has one too.
  public typealias Queue = _Queue
  /// `QueueStatus`, for where another module has one too.
  public typealias QueueStatus = _QueueStatus
  /// `QueueTask`, for where another module has one too.
  public typealias QueueTask = _QueueTask
  /// `QueueTaskList`, for where another module has one too.
  public typealias QueueTaskList = _QueueTaskList
  /// `QueueWork`, for where another module has one too.
  public typealias QueueWork = _QueueWork
  /// `Quota`, for where another module has one too.
  public typealias Quota = _Quota
  /// `RequestInfo`, for where another module has one too.
  public typealias RequestInfo = _RequestInfo
  /// `Run`, for where another module has one too.
  public typealias Run = _Run
  /// `RunConfig`, for where another module has one too.
  public typealias RunConfig = _RunConfig
  /// `Session`, for where another module has one too.
  public typealias Session = _Session
  /// `SessionCacheInfo`, for where another module has one too.
  public typealias SessionCacheInfo = _SessionCacheInfo
  /// `SessionEnd`, for where another module has one too.
  public typealias SessionEnd = _SessionEnd
  /// `SessionInfo`, for where another module has one too.
  public typealias SessionInfo = _SessionInfo
  /// `SessionList`, for where another module has one too.
  public typealias SessionList = _SessionList
  /// `SessionOutput`, for where another module has one too.
  public typealias SessionOutput = _SessionOutput
  /// `SessionState`, for where another module has one too.
  public typealias SessionState = _SessionState
  /// `SlotWait`, for where another module has one too.
  public typealias SlotWait = _SlotWait
  /// `Snapshot`, for where another module has one too.
  public typealias Snapshot = _Snapshot
  /// `Source`, for where another module has one too.
  public typealias Source = _Source
  /// `SourceContext`, for where another module has one too.
  public typealias SourceContext = _SourceContext
  /// `SourceList`, for where another module has one too.
  public typealias SourceList = _SourceList
  /// `StaleReason`, for where another module has one too.
  public typealias StaleReason = _StaleReason
  /// `StoreFault`, for where another module has one too.
  public typealias StoreFault = _StoreFault
  /// `SyncDepth`, for where another module has one too.
  public typealias SyncDepth = _SyncDepth
  /// `SyncProgress`, for where another module has one too.
  public typealias SyncProgress = _SyncProgress
  /// `SyncReport`, for where another module has one too.
  public typealias SyncReport = _SyncReport
  /// `TaskConfig`, for where another module has one too.
  public typealias TaskConfig = _TaskConfig
  /// `TimelineEntry`, for where another module has one too.
  public typealias TimelineEntry = _TimelineEntry
  /// `WaitReason`, for where another module has one too.
  public typealias WaitReason = _WaitReason
}
