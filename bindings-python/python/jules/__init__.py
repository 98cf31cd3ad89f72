"""A client for the Jules API, Google's cloud coding agent.

```python
import asyncio
import jules

async def main():
    outcome = await jules.run(prompt="Fix the flaky test", source="octocat/hello-world")
    print(outcome.state, outcome.pull_request.url)

asyncio.run(main())
```

The key comes from `JULES_API_KEY`, or from `jules.AsyncJules(api_key=…)`. Without asyncio: `jules.Jules()`.
"""

from . import _hints  # noqa: F401
from ._native import (
    Activity,
    Added,
    AgentMessaged,
    Artifact,
    BashOutput,
    CacheInfo,
    ChangeSet,
    ChangeSetOutput,
    Conflict,
    FailedCommand,
    FileChange,
    GeneratedFile,
    GeneratedFiles,
    GitHub,
    GitHubRepo,
    GitPatch,
    Holding,
    Insights,
    ItemReport,
    Media,
    Metrics,
    Outcome,
    ParsedPatch,
    PatchSummary,
    Plan,
    PlanApproved,
    PlanGenerated,
    PlanStep,
    Progress,
    ProgressUpdated,
    PullRequest,
    PullRequestOutput,
    QueueStatus,
    Quota,
    RequestInfo,
    Retry,
    SessionCacheInfo,
    SessionCompleted,
    SessionFailed,
    SessionInfo,
    SessionOutput,
    Snapshot,
    Source,
    SourceContext,
    SyncProgress,
    SyncReport,
    TimelineEntry,
    UnknownActivity,
    UnknownArtifact,
    UnknownOutput,
    UserMessaged,
)
from ._native import __version__ as __version__

TYPE_CHECKING = False  # As `typing` has it, which alone takes longer to import than all that is imported here.
if TYPE_CHECKING:
    from ._surface import *
else:

    def __getattr__(name: str) -> object:
        """What is first needed brings the rest: a program that may use the package, or not, hardly waits for it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        from . import _surface

        for each in _surface.__all__:
            globals().setdefault(each, getattr(_surface, each))
        return globals()[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Activities",
    "Activity",
    "ActivityType",
    "Added",
    "AgentMessaged",
    "All",
    "AnyActivity",
    "ApiError",
    "Artifact",
    "AsyncActivities",
    "AsyncAll",
    "AsyncJules",
    "AsyncListing",
    "AsyncQueue",
    "AsyncRun",
    "AsyncSession",
    "AsyncStream",
    "AsyncTask",
    "AsyncWork",
    "AuthenticationError",
    "BashOutput",
    "CacheInfo",
    "ChangeSet",
    "ChangeSetOutput",
    "ChangeType",
    "ClosedError",
    "ConfigError",
    "Conflict",
    "DecodeError",
    "FailedCommand",
    "FileChange",
    "Finished",
    "GeneratedFile",
    "GeneratedFiles",
    "GitHub",
    "GitHubRepo",
    "GitPatch",
    "Holding",
    "Insights",
    "InvalidRequestError",
    "ItemReport",
    "Jules",
    "JulesError",
    "Listing",
    "Media",
    "Metrics",
    "MissingApiKeyError",
    "NetworkError",
    "NotFoundError",
    "Originator",
    "Outcome",
    "Page",
    "ParsedPatch",
    "PatchError",
    "PatchSummary",
    "Plan",
    "PlanApproved",
    "PlanGenerated",
    "PlanStep",
    "PreconditionError",
    "Progress",
    "ProgressUpdated",
    "PullRequest",
    "PullRequestOutput",
    "QueryError",
    "Queue",
    "QueueStatus",
    "Quota",
    "RateLimitError",
    "RequestInfo",
    "Retry",
    "Run",
    "ServerError",
    "Session",
    "SessionCacheInfo",
    "SessionCompleted",
    "SessionEndedError",
    "SessionFailed",
    "SessionFailedError",
    "SessionInfo",
    "SessionOutput",
    "SessionState",
    "Snapshot",
    "Source",
    "SourceContext",
    "SourceNotFoundError",
    "StateWord",
    "StoreError",
    "Stream",
    "SyncProgress",
    "SyncReport",
    "Task",
    "TaskState",
    "TaskStateWord",
    "TimelineEntry",
    "TimeoutError",
    "UnexpectedStateError",
    "UnknownActivity",
    "UnknownArtifact",
    "UnknownOutput",
    "UserMessaged",
    "WaitReason",
    "Work",
    "Worked",
    "aclose",
    "all",
    "cache_info",
    "configure",
    "metrics",
    "queue",
    "quota",
    "recent_requests",
    "run",
    "select",
    "session",
    "sessions",
    "source",
    "sources",
    "sync",
]
