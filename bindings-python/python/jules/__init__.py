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

from ._blocking import Activities, Jules, Listing, Session, Stream
from ._client import AsyncJules
from ._default import cache_info, run, session, sessions, source, sources
from ._errors import (
    ApiError,
    AuthenticationError,
    ConfigError,
    DecodeError,
    InvalidRequestError,
    JulesError,
    MissingApiKeyError,
    NetworkError,
    NotFoundError,
    PatchError,
    PreconditionError,
    QueryError,
    RateLimitError,
    ServerError,
    SessionEndedError,
    SourceNotFoundError,
    StoreError,
    TimeoutError,
    UnexpectedStateError,
)
from ._native import (
    Activity,
    AgentMessaged,
    Artifact,
    BashOutput,
    CacheInfo,
    ChangeSet,
    ChangeSetOutput,
    FileChange,
    GeneratedFile,
    GeneratedFiles,
    GitHub,
    GitHubRepo,
    GitPatch,
    Media,
    Outcome,
    ParsedPatch,
    PatchSummary,
    Plan,
    PlanApproved,
    PlanGenerated,
    PlanStep,
    ProgressUpdated,
    PullRequest,
    PullRequestOutput,
    Retry,
    SessionCompleted,
    SessionFailed,
    SessionInfo,
    SessionOutput,
    Source,
    SourceContext,
    UnknownActivity,
    UnknownArtifact,
    UnknownOutput,
    UserMessaged,
)
from ._page import Page
from ._run import AsyncRun
from ._session import AsyncActivities, AsyncSession
from ._streams import AsyncListing, AsyncStream
from ._words import ChangeType, SessionState

__all__ = [
    "Activities",
    "Activity",
    "AgentMessaged",
    "ApiError",
    "Artifact",
    "AsyncActivities",
    "AsyncJules",
    "AsyncListing",
    "AsyncRun",
    "AsyncSession",
    "AsyncStream",
    "AuthenticationError",
    "BashOutput",
    "CacheInfo",
    "ChangeSet",
    "ChangeSetOutput",
    "ChangeType",
    "ConfigError",
    "DecodeError",
    "FileChange",
    "GeneratedFile",
    "GeneratedFiles",
    "GitHub",
    "GitHubRepo",
    "GitPatch",
    "InvalidRequestError",
    "Jules",
    "JulesError",
    "Listing",
    "Media",
    "MissingApiKeyError",
    "NetworkError",
    "NotFoundError",
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
    "ProgressUpdated",
    "PullRequest",
    "PullRequestOutput",
    "QueryError",
    "RateLimitError",
    "Retry",
    "ServerError",
    "Session",
    "SessionCompleted",
    "SessionEndedError",
    "SessionFailed",
    "SessionInfo",
    "SessionOutput",
    "SessionState",
    "Source",
    "SourceContext",
    "SourceNotFoundError",
    "StoreError",
    "Stream",
    "TimeoutError",
    "UnexpectedStateError",
    "UnknownActivity",
    "UnknownArtifact",
    "UnknownOutput",
    "UserMessaged",
    "cache_info",
    "run",
    "session",
    "sessions",
    "source",
    "sources",
]
