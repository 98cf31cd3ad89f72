"""
The native half of the package `jules`.
"""

from _typeshed import SupportsGetItem
from collections.abc import Iterator, Mapping
from datetime import datetime
from jules._all import Finished
from jules._bridge import Call
from jules._errors import JulesError
from jules._page import Page
from jules._words import ActivityType, ChangeType, SessionState, TaskState
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal, SupportsFloat, SupportsIndex, final
from typing_extensions import disjoint_base

__all__ = ["__version__", "Activity", "Added", "AgentMessaged", "Artifact", "BaseTask", "BashOutput", "Batch", "CacheInfo", "ChangeSet", "ChangeSetOutput", "Client", "Conflict", "Describe", "FailedCommand", "FileChange", "GeneratedFile", "GeneratedFiles", "GitHub", "GitHubRepo", "GitPatch", "Holding", "Insights", "ItemReport", "Media", "Metrics", "Outcome", "ParsedPatch", "PatchSummary", "PendingCall", "Plan", "PlanApproved", "PlanGenerated", "PlanStep", "Progress", "ProgressUpdated", "PullRequest", "PullRequestOutput", "Question", "Queue", "QueueStatus", "Quota", "RequestInfo", "Retry", "Run", "Session", "SessionCacheInfo", "SessionCompleted", "SessionFailed", "SessionInfo", "SessionOutput", "Snapshot", "Source", "SourceContext", "Stream", "Sync", "SyncProgress", "SyncReport", "TimelineEntry", "UnknownActivity", "UnknownArtifact", "UnknownOutput", "UserMessaged", "Work", "after_fork", "before_fork", "close_gate"]

__version__: Final[str]
"""
This version of the package.
"""

@disjoint_base
class Activity:
    """
    One thing that happened in a session.

    Each type has its own class, so `match` tells them apart:

    ```python
    match activity:
        case jules.AgentMessaged(message):
            print(message)
        case jules.ProgressUpdated(title, description):
            print(title)
    ```
    """
    def __copy__(self, /) -> Activity: ...
    def __deepcopy__(self, memo: "object", /) -> Activity: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def artifacts(self, /) -> tuple[Artifact, ...]:
        """
        What came with it: patches, command output, pictures.
        """
    @property
    def create_time(self, /) -> datetime | None:
        """
        When it happened, in UTC by the server's clock.
        """
    @property
    def create_time_ns(self, /) -> int | None:
        """
        When it happened, in nanoseconds since 1970.
        """
    @property
    def description(self, /) -> str | None:
        """
        A description, when there is one.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Activity:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def id(self, /) -> str:
        """
        Unique within the session.
        """
    @property
    def name(self, /) -> str:
        """
        The resource name, usually `sessions/1/activities/2`.
        """
    @property
    def originator(self, /) -> str:
        """
        Who did it, as the server says: usually `"user"`, `"agent"` or `"system"`; empty when it doesn't say.
        """
    @property
    def session_id(self, /) -> str | None:
        """
        The session that it belongs to.
        """
    @property
    def summary(self, /) -> str:
        """
        What happened, in one line, cut after 200 characters, such as `Plan generated with 3 steps`.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def type(self, /) -> ActivityType:
        """
        The type's name, such as `"agentMessaged"`.
        """

@final
class Added:
    """
    What came of adding tasks.
    """
    def __copy__(self, /) -> Added: ...
    def __deepcopy__(self, memo: "object", /) -> Added: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def added(self, /) -> int:
        """
        How many were added.
        """
    @property
    def conflicts(self, /) -> tuple[Conflict, ...]:
        """
        Those whose key is known for something else; they stay as they are.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Added:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def known(self, /) -> int:
        """
        How many were known, for the same.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class AgentMessaged(Activity):
    """
    The agent wrote a message.
    """
    __match_args__: Final[tuple[Literal["message"]]]
    def __repr__(self, /) -> str: ...
    @property
    def message(self, /) -> str:
        """
        The message.
        """

@disjoint_base
class Artifact:
    """
    One piece of data that an activity produced: a `ChangeSet`, a `BashOutput`, a `Media` or an `UnknownArtifact`.
    """
    def __copy__(self, /) -> Artifact: ...
    def __deepcopy__(self, memo: "object", /) -> Artifact: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Artifact:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def type(self, /) -> str:
        """
        The type's name: `"changeSet"`, `"bashOutput"`, `"media"` or `"unknown"`.
        """

@disjoint_base
class BaseTask:
    """
    What `jules.AsyncTask` and `jules.Task` have in common.
    """
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __new__(cls, of: BaseTask, /) -> BaseTask:
        """
        The same task in this form.
        """
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _read(data: Mapping[str, object]) -> BaseTask: ...
    def _session(self, /) -> Session: ...
    @property
    def attempts(self, /) -> int:
        """
        How many sessions were made for it.
        """
    @property
    def create_time(self, /) -> datetime:
        """
        When it was added, in UTC by the cache's clock.
        """
    @property
    def end_time(self, /) -> datetime | None:
        """
        When it was finished, in UTC by the cache's clock.
        """
    @property
    def error(self, /) -> JulesError | None:
        """
        Why it has no outcome: a `JulesError` of the class that its kind has, with the fields that were kept.
        """
    @property
    def key(self, /) -> str:
        """
        Its name.
        """
    @property
    def not_before(self, /) -> datetime | None:
        """
        It isn't started earlier, in UTC.
        """
    @property
    def outcome(self, /) -> Outcome | None:
        """
        How its session ended; a failed session is an outcome too.
        """
    @property
    def plan(self, /) -> Plan | None:
        """
        The plan that waits for an approval.
        """
    @property
    def priority(self, /) -> int:
        """
        Higher ones go first.
        """
    @property
    def question(self, /) -> str | None:
        """
        What the agent asks.
        """
    @property
    def queue(self, /) -> str:
        """
        The queue that it is in.
        """
    @property
    def session_id(self, /) -> str | None:
        """
        The latest session that was made for it.
        """
    @property
    def start_time(self, /) -> datetime | None:
        """
        When a worker first began with it, in UTC by the cache's clock.
        """
    @property
    def state(self, /) -> TaskState:
        """
        Where it is.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def worker(self, /) -> str | None:
        """
        The worker that took it last: its process's number, and some letters.
        """

@final
class BashOutput(Artifact):
    """
    A command that ran in the agent's machine. `str()` of it is what a terminal would show.
    """
    __match_args__: Final[tuple[Literal["command"], Literal["output"], Literal["exit_code"]]]
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def command(self, /) -> str:
        """
        The command line.
        """
    @property
    def exit_code(self, /) -> int:
        """
        How it exited; 0 is success.
        """
    @property
    def output(self, /) -> str:
        """
        What it wrote to stdout and stderr.
        """

@final
class Batch:
    """
    The native half of `jules.AsyncAll` and `jules.All`.
    """
    def asked(self, /) -> Call[Describe | None]:
        """
        Waits until another item may start; nothing when no more are wanted.
        """
    def awaited(self, /, timeout: SupportsFloat | SupportsIndex | None) -> None:
        """
        All results are wanted together, and within this time.
        """
    def close(self, /) -> None:
        """
        Ends it, and every wait for it. Sessions keep running on the server.
        """
    def next(self, /) -> Call[Finished[Any] | None]:
        """
        The next item that is done; nothing at the end.
        """
    def progress(self, /) -> Call[Progress | None]:
        """
        The next step of an item; nothing at the end.
        """
    def report(self, /) -> "list[ItemReport]":
        """
        Where every item stands that was started.
        """
    def turn(self, /) -> Call[Finished[Any] | Progress | Describe | None]:
        """
        What the blocking form has to do next: any of these; nothing at the end.
        """

@final
class CacheInfo:
    """
    What the local cache holds, and where.
    """
    def __copy__(self, /) -> CacheInfo: ...
    def __deepcopy__(self, memo: "object", /) -> CacheInfo: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def activities(self, /) -> int:
        """
        How many activities it holds.
        """
    @property
    def bytes(self, /) -> int:
        """
        Its size in bytes.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> CacheInfo:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def last_synced(self, /) -> datetime | None:
        """
        When a `sync()` was last complete, in UTC by the local clock.
        """
    @property
    def location(self, /) -> Path | None:
        """
        The file, or nothing when the cache is in memory.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why the cache is in memory instead of on disk: that the disk is full, say. Nothing where all is as it was
        asked for.
        """
    @property
    def sessions(self, /) -> int:
        """
        How many sessions it knows.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class ChangeSet(Artifact):
    """
    Changes to the source, as a patch.
    """
    __match_args__: Final[tuple[Literal["source"], Literal["git_patch"]]]
    def __repr__(self, /) -> str: ...
    def apply_to(self, /, directory: str | PathLike[str]) -> ParsedPatch:
        """
        Applies the changes to a checkout: all of them, or none. The result is that of `git apply`.

        ```python
        applied = change_set.apply_to("path/to/checkout")
        ```

        Gives what was changed. Raises `PatchError`, with `file` and `hunk` where they are known: when the files are not those
        that the changes were made for, or a path leads out of the directory. Releases the GIL.
        """
    def generated_files(self, /, *, directory: str | PathLike[str] | None = None) -> GeneratedFiles:
        """
        The files that the changes create or touch. See `Outcome.generated_files`.
        """
    @property
    def git_patch(self, /) -> GitPatch:
        """
        The changes.
        """
    def parsed(self, /) -> ParsedPatch:
        """
        The patch taken apart: which files it touches and how.

        ```python
        for file in change_set.parsed().files:
            print(file.change_type, file.path, f"+{file.additions} -{file.deletions}")
        ```
        """
    @property
    def source(self, /) -> str:
        """
        The source's name, `sources/github/owner/repo`; empty for a session without a source.
        """

@final
class ChangeSetOutput(SessionOutput):
    """
    Changes that are not in a pull request.
    """
    __match_args__: Final[tuple[Literal["change_set"]]]
    def __repr__(self, /) -> str: ...
    @property
    def change_set(self, /) -> ChangeSet:
        """
        The changes.
        """

@final
class Client:
    """
    The native half of `jules.AsyncJules` and `jules.Jules`.
    """
    def __new__(cls, /, options: "dict[str, object]") -> Client: ...
    def __repr__(self, /) -> str: ...
    def all(self, /, options: "dict[str, object]", reports: bool, session_class: "type") -> Batch:
        """
        Many sessions, a few at a time; nothing starts yet. Sessions become instances of this class.
        """
    def cache_info(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[CacheInfo]:
        """
        What the local cache holds.
        """
    def close(self, /) -> Call[None]:
        """
        Stops everything that is under way.
        """
    def create_session(self, /, config: "dict[str, object]", timeout: SupportsFloat | SupportsIndex | None) -> Call[Session]:
        """
        Creates a session.
        """
    def effective_options(self, /) -> "dict[str, object]":
        """
        What this client uses: what was given, and the environment and the defaults for the rest.
        """
    def metrics(self, /) -> Metrics:
        """
        What was counted so far.
        """
    def own(self, /, task: BaseTask) -> BaseTask:
        """
        The same task, whose session this client opens. No request.
        """
    def queue(self, /, name: str, options: "dict[str, object]", task_class: "type") -> Queue:
        """
        A queue; its tasks become instances of this class. No request.
        """
    def quota(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[Quota]:
        """
        What the account uses of its plan.
        """
    def recent_requests(self, /) -> tuple[RequestInfo, ...]:
        """
        The latest requests.
        """
    def run(self, /, config: "dict[str, object]") -> Run:
        """
        Starts a session and everything that leads to its outcome.
        """
    def select(self, /, query: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[list[dict[str, Any]]]:
        """
        The rows of the local cache that a query, written as JSON, asks for.
        """
    def session(self, /, id: str) -> Session:
        """
        A session that exists. No request.
        """
    def sessions(self, /, options: "dict[str, object]") -> Stream:
        """
        All sessions, newest first.
        """
    def sessions_page(self, /, wanted: "dict[str, object]", timeout: SupportsFloat | SupportsIndex | None) -> Call[Page[SessionInfo]]:
        """
        One page of sessions.
        """
    def source(self, /, github: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[Source]:
        """
        One source.
        """
    def sources(self, /, options: "dict[str, object]") -> Stream:
        """
        All sources.
        """
    def sources_page(self, /, wanted: "dict[str, object]", timeout: SupportsFloat | SupportsIndex | None) -> Call[Page[Source]]:
        """
        The first page of sources.
        """
    def sync(self, /, wanted: "dict[str, object]", reports: bool, timeout: SupportsFloat | SupportsIndex | None) -> Sync:
        """
        Starts to bring the cache up to date.
        """
    def with_options(self, /, changes: "dict[str, object]") -> Client:
        """
        A client with these options changed.
        """

@final
class Conflict:
    """
    A key that is known for something else.
    """
    __match_args__: Final[tuple[Literal["key"], Literal["field"]]]
    def __copy__(self, /) -> Conflict: ...
    def __deepcopy__(self, memo: "object", /) -> Conflict: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def field(self, /) -> str:
        """
        The first option that differs, by its name in all languages, such as `"requireApproval"`.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Conflict:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def key(self, /) -> str:
        """
        The key.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class Describe:
    """
    Another item may start: this tells what its session is to do.
    """
    def fail(self, /, item: "object", error: "Exception") -> None:
        """
        `map` has raised this: it is an item that can't be run.
        """
    def finish(self, /) -> None:
        """
        There are no more.
        """
    def start(self, /, item: "object", config: "object") -> None:
        """
        As `map` describes it. Anything else makes it an item that can't be run.
        """

@final
class FailedCommand:
    """
    A command that failed.
    """
    __match_args__: Final[tuple[Literal["command"], Literal["output"], Literal["exit_code"]]]
    def __copy__(self, /) -> FailedCommand: ...
    def __deepcopy__(self, memo: "object", /) -> FailedCommand: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def activity_id(self, /) -> str:
        """
        The activity that it belongs to.
        """
    @property
    def command(self, /) -> str:
        """
        The command line.
        """
    @property
    def exit_code(self, /) -> int:
        """
        How it exited; never 0.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> FailedCommand:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def output(self, /) -> str:
        """
        What it wrote to stdout and stderr.
        """
    @property
    def time(self, /) -> datetime | None:
        """
        When that was, in UTC by the server's clock.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class FileChange:
    """
    One file of a `ParsedPatch`.
    """
    __match_args__: Final[tuple[Literal["path"], Literal["change_type"]]]
    def __copy__(self, /) -> FileChange: ...
    def __deepcopy__(self, memo: "object", /) -> FileChange: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def additions(self, /) -> int:
        """
        Lines added.
        """
    @property
    def binary(self, /) -> bool:
        """
        Whether its content is not text.
        """
    @property
    def change_type(self, /) -> ChangeType:
        """
        What happened to it.
        """
    @property
    def deletions(self, /) -> int:
        """
        Lines removed.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> FileChange:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def new_mode(self, /) -> str | None:
        """
        The mode after (`"100755"` for a program, `"120000"` for a symbolic link), where the patch names one.
        """
    @property
    def old_mode(self, /) -> str | None:
        """
        The mode before, as git prints it (`"100644"`), where the patch names one.
        """
    @property
    def old_path(self, /) -> str | None:
        """
        The path before a rename.
        """
    @property
    def path(self, /) -> str:
        """
        The path; of a renamed file the new one.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class GeneratedFile:
    """
    One file that a session made or changed.
    """
    __match_args__: Final[tuple[Literal["path"], Literal["change_type"]]]
    def __copy__(self, /) -> GeneratedFile: ...
    def __deepcopy__(self, memo: "object", /) -> GeneratedFile: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def additions(self, /) -> int:
        """
        How many lines were added.
        """
    @property
    def change_type(self, /) -> ChangeType:
        """
        What happened to it.
        """
    @property
    def content(self, /) -> str:
        """
        The whole content of a created file; of any other the lines that were added.
        """
    @property
    def deletions(self, /) -> int:
        """
        How many lines were removed.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> GeneratedFile:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def path(self, /) -> str:
        """
        Its path in the source; of a renamed file the new one.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class GeneratedFiles:
    """
    The files of an `Outcome`.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __iter__(self, /) -> Iterator[GeneratedFile]: ...
    def __len__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    def all(self, /) -> tuple[GeneratedFile, ...]:
        """
        All of them, in the order of the patch.
        """
    def filter(self, /, change_type: str) -> tuple[GeneratedFile, ...]:
        """
        Those that were changed in this way: `"created"`, `"modified"`, `"deleted"` or `"renamed"`.

        Raises `ConfigError` for any other word.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> GeneratedFiles:
        """
        The files that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    def get(self, /, path: str) -> GeneratedFile | None:
        """
        The one at this path.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The files as plain data.
        """

@final
class GitHub:
    """
    A repository on GitHub and the branch to start from; without one, its default branch.

    ```python
    await client.run(prompt="Fix the flaky test", source=jules.GitHub("octocat/hello-world", branch="main"))
    ```
    """
    __match_args__: Final[tuple[Literal["repo"], Literal["branch"]]]
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs__(self, /) -> tuple[str, str | None]: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, repo: str, branch: str | None = None) -> GitHub: ...
    def __repr__(self, /) -> str: ...
    @property
    def branch(self, /) -> str | None:
        """
        The branch; `None` means the repository's default.
        """
    @property
    def repo(self, /) -> str:
        """
        `owner/repo`.
        """

@final
class GitHubRepo:
    """
    A repository on GitHub.
    """
    __match_args__: Final[tuple[Literal["owner"], Literal["repo"]]]
    def __copy__(self, /) -> GitHubRepo: ...
    def __deepcopy__(self, memo: "object", /) -> GitHubRepo: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def branches(self, /) -> tuple[str, ...]:
        """
        The names of its branches.
        """
    @property
    def default_branch(self, /) -> str | None:
        """
        The default branch.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> GitHubRepo:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def is_private(self, /) -> bool:
        """
        Whether it is private.
        """
    @property
    def owner(self, /) -> str:
        """
        The owner.
        """
    @property
    def repo(self, /) -> str:
        """
        Its name.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class GitPatch:
    """
    A patch as git writes it.
    """
    __match_args__: Final[tuple[Literal["unidiff_patch"]]]
    def __copy__(self, /) -> GitPatch: ...
    def __deepcopy__(self, memo: "object", /) -> GitPatch: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def base_commit_id(self, /) -> str:
        """
        The commit that the patch applies to.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> GitPatch:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def suggested_commit_message(self, /) -> str:
        """
        A commit message that the agent proposes.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def unidiff_patch(self, /) -> str:
        """
        The unified diff; may be empty, may be huge.
        """

@final
class Holding:
    """
    A session that holds a slot.
    """
    __match_args__: Final[tuple[Literal["session_id"], Literal["state"]]]
    def __copy__(self, /) -> Holding: ...
    def __deepcopy__(self, memo: "object", /) -> Holding: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Holding:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def session_id(self, /) -> str:
        """
        Which session.
        """
    @property
    def since(self, /) -> datetime | None:
        """
        Since when: its creation, in UTC by the server's clock.
        """
    @property
    def state(self, /) -> SessionState:
        """
        Why it holds one: it is at work, waits for a person, or is paused.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class Insights:
    """
    What stands out in a snapshot.
    """
    def __copy__(self, /) -> Insights: ...
    def __deepcopy__(self, memo: "object", /) -> Insights: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def completion_attempts(self, /) -> int:
        """
        How often the agent said that it was done; more than once when a message woke the session.
        """
    @property
    def failed_commands(self, /) -> tuple[FailedCommand, ...]:
        """
        The commands that exited with another code than 0, in order.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Insights:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def plan_regenerations(self, /) -> int:
        """
        How often the agent made a new plan after its first one.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def user_interventions(self, /) -> int:
        """
        How many messages the user wrote.
        """

@final
class ItemReport:
    """
    Where one item of `all` stood when an error ended it: an element of the error's `results`.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _restore(shape: Mapping[str, object], outcome: Outcome | None, error: "BaseException | None") -> ItemReport: ...
    @property
    def error(self, /) -> BaseException | None:
        """
        Why it could not be run, if it failed.
        """
    @property
    def index(self, /) -> int:
        """
        Which item, from 0.
        """
    @property
    def outcome(self, /) -> Outcome | None:
        """
        How it ended, if it is finished.
        """
    @property
    def session_id(self, /) -> str | None:
        """
        Its session's id, if it was created: `client.session(id)` finds it.
        """
    @property
    def status(self, /) -> str:
        """
        `"running"` (it keeps running on the server), `"finished"` or `"failed"` (it could not be run).
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class Media(Artifact):
    """
    A picture or other file.
    """
    __match_args__: Final[tuple[Literal["data"], Literal["format"]]]
    def __repr__(self, /) -> str: ...
    def _repr_mimebundle_(self, /, include: Any | None = None, exclude: Any | None = None) -> "dict[str, str]":
        """
        The picture itself, for notebooks.
        """
    @property
    def data(self, /) -> str:
        """
        The content in base64.
        """
    @property
    def format(self, /) -> str:
        """
        The MIME type, such as `image/png`.
        """
    def save(self, /, path: str | PathLike[str]) -> None:
        """
        Writes the content to a file, replacing what is there.

        Raises `DecodeError` when the server's base64 is broken, `StoreError` when the file can't be written.
        """
    def to_bytes(self, /) -> bytes:
        """
        The content itself. Raises `DecodeError` when the server's base64 is broken.
        """
    def to_url(self, /) -> str:
        """
        A `data:` URL that a browser shows.
        """

@final
class Metrics:
    """
    What a client has counted since it was made.
    """
    def __copy__(self, /) -> Metrics: ...
    def __deepcopy__(self, memo: "object", /) -> Metrics: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def activities(self, /) -> int:
        """
        New activities that were written to the cache.
        """
    @property
    def bytes(self, /) -> int:
        """
        Bytes of answers' bodies, after decompression.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Metrics:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def requests(self, /) -> int:
        """
        Requests that were sent, retries included.
        """
    @property
    def retries(self, /) -> int:
        """
        Requests that were sent again.
        """
    @property
    def throttles(self, /) -> int:
        """
        Answers that asked to slow down (429).
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def waits(self, /) -> dict[str, int]:
        """
        Waits of the client's own that lasted over a second, by what was waited for. Each is a line of the log, too.

        ```python
        print(client.metrics().waits.get("slot", 0))
        ```
        """

@final
class Outcome:
    """
    How a session ended. A failed session is an outcome too, not an error.
    """
    __match_args__: Final[tuple[Literal["state"]]]
    def __copy__(self, /) -> Outcome: ...
    def __deepcopy__(self, memo: "object", /) -> Outcome: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def attempts(self, /) -> int:
        """
        How many sessions it took: more than one where failed ones were started again (`retry_failed`).
        """
    def change_set(self, /) -> ChangeSet | None:
        """
        The changes: those among the outputs, else the latest among the activities.
        """
    @property
    def duration_ms(self, /) -> int:
        """
        Milliseconds from its creation to its end, by the server's clock.
        """
    @property
    def failure_reason(self, /) -> str | None:
        """
        Why it failed, when the agent said so.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Outcome:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    def generated_files(self, /, *, directory: str | PathLike[str] | None = None) -> GeneratedFiles:
        """
        The files that the changes create or touch: of a created file the whole content, of any other the added lines.

        ```python
        for file in outcome.generated_files():
            print(file.path, file.change_type)
        ```

        Args:
            directory: A checkout: each file comes with its full new content, made from what is there; nothing is written.

        Raises:
            PatchError: The directory's files are not those that the changes were made for.
        """
    @property
    def outputs(self, /) -> tuple[SessionOutput, ...]:
        """
        All its outputs.
        """
    @property
    def pull_request(self, /) -> PullRequest | None:
        """
        The pull request, when it made one.
        """
    def raise_for_state(self, /) -> Outcome:
        """
        This outcome, if the session has completed; else an exception, for programs that want one.

        ```python
        outcome = (await client.run(prompt="Fix the flaky test", source="octocat/hello-world")).raise_for_state()
        ```

        Raises `SessionFailedError`, which carries this outcome.
        """
    @property
    def session_id(self, /) -> str:
        """
        Which session.
        """
    @property
    def session_ids(self, /) -> tuple[str, ...]:
        """
        The ids of all of them in their order; the last is `session_id`.
        """
    @property
    def state(self, /) -> SessionState:
        """
        `SessionState.COMPLETED` or `SessionState.FAILED`.
        """
    @property
    def title(self, /) -> str:
        """
        Its title.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def url(self, /) -> str:
        """
        The session's page in the web app; may be empty.
        """

@final
class ParsedPatch:
    """
    A patch, file by file.
    """
    __match_args__: Final[tuple[Literal["files"], Literal["summary"]]]
    def __copy__(self, /) -> ParsedPatch: ...
    def __deepcopy__(self, memo: "object", /) -> ParsedPatch: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def files(self, /) -> tuple[FileChange, ...]:
        """
        The files, in the patch's order.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> ParsedPatch:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def summary(self, /) -> PatchSummary:
        """
        How many files there are of each sort.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class PatchSummary:
    """
    How many files of each sort a patch touches.
    """
    def __copy__(self, /) -> PatchSummary: ...
    def __deepcopy__(self, memo: "object", /) -> PatchSummary: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def created(self, /) -> int:
        """
        New ones.
        """
    @property
    def deleted(self, /) -> int:
        """
        Removed ones.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> PatchSummary:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def modified(self, /) -> int:
        """
        Changed ones.
        """
    @property
    def renamed(self, /) -> int:
        """
        Moved ones.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def total_files(self, /) -> int:
        """
        All of them.
        """

@final
class PendingCall:
    """
    A call described but not yet made: `start()` it for asyncio, or `wait()` for it.
    """
    def cancel(self, /) -> None:
        """
        Drops the work behind the call, if it still runs.
        """
    def start(self, /) -> "object":
        """
        Makes the call and gives an asyncio future of the running loop for its result.
        """
    def wait(self, /) -> "object":
        """
        Makes the call and blocks until it has ended, with the GIL released. Ctrl-C ends it within 50 ms.
        """

@final
class Plan:
    """
    What the agent intends to do.
    """
    __match_args__: Final[tuple[Literal["steps"]]]
    def __copy__(self, /) -> Plan: ...
    def __deepcopy__(self, memo: "object", /) -> Plan: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def create_time(self, /) -> datetime | None:
        """
        When it was made, in UTC by the server's clock.
        """
    @property
    def create_time_ns(self, /) -> int | None:
        """
        When it was made, in nanoseconds since 1970.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Plan:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def id(self, /) -> str:
        """
        Unique within its session.
        """
    @property
    def steps(self, /) -> tuple[PlanStep, ...]:
        """
        Its steps, in order.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class PlanApproved(Activity):
    """
    A plan was approved.
    """
    __match_args__: Final[tuple[Literal["plan_id"]]]
    def __repr__(self, /) -> str: ...
    @property
    def plan_id(self, /) -> str:
        """
        The id of the plan.
        """

@final
class PlanGenerated(Activity):
    """
    The agent made a plan.
    """
    __match_args__: Final[tuple[Literal["plan"]]]
    def __repr__(self, /) -> str: ...
    @property
    def plan(self, /) -> Plan:
        """
        The plan.
        """

@final
class PlanStep:
    """
    One step of a `Plan`.
    """
    __match_args__: Final[tuple[Literal["title"], Literal["description"]]]
    def __copy__(self, /) -> PlanStep: ...
    def __deepcopy__(self, memo: "object", /) -> PlanStep: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def description(self, /) -> str | None:
        """
        Details.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> PlanStep:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def id(self, /) -> str:
        """
        Unique within its plan.
        """
    @property
    def index(self, /) -> int:
        """
        Its place in the plan, from 0.
        """
    @property
    def title(self, /) -> str:
        """
        What the step is about, in a few words.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class Progress:
    """
    A step of one item of `all`, as `on_progress` gets it.
    """
    def __copy__(self, /) -> Progress: ...
    def __deepcopy__(self, memo: "object", /) -> Progress: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def finished(self, /) -> int:
        """
        How many items are finished, this one included.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Progress:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def index(self, /) -> int:
        """
        Which item, from 0.
        """
    @property
    def session_id(self, /) -> str | None:
        """
        Its session's id, once there is one.
        """
    @property
    def stage(self, /) -> str:
        """
        Its progress: `"queued"`, `"started"` (its session is created), `"waiting"` (no session slot is free) or
        `"finished"`.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class ProgressUpdated(Activity):
    """
    The work progressed.
    """
    __match_args__: Final[tuple[Literal["title"], Literal["description"]]]
    def __repr__(self, /) -> str: ...
    @property
    def description(self, /) -> str:
        """
        More about it: its own description, or else that of the activity; may be empty.
        """
    @property
    def title(self, /) -> str:
        """
        What is being done, in a few words.
        """

@final
class PullRequest:
    """
    A pull request that a session made.
    """
    __match_args__: Final[tuple[Literal["url"], Literal["title"]]]
    def __copy__(self, /) -> PullRequest: ...
    def __deepcopy__(self, memo: "object", /) -> PullRequest: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def base_ref(self, /) -> str | None:
        """
        The branch it would be merged into.
        """
    @property
    def description(self, /) -> str:
        """
        Its description.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> PullRequest:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def head_ref(self, /) -> str | None:
        """
        The branch it comes from.
        """
    @property
    def number(self, /) -> int | None:
        """
        Its number, taken from the URL.
        """
    @property
    def title(self, /) -> str:
        """
        Its title.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def url(self, /) -> str:
        """
        Its page.
        """

@final
class PullRequestOutput(SessionOutput):
    """
    A pull request among the outputs.
    """
    __match_args__: Final[tuple[Literal["pull_request"]]]
    def __repr__(self, /) -> str: ...
    @property
    def pull_request(self, /) -> PullRequest:
        """
        The pull request.
        """

@final
class Question:
    """
    A plan that a worker asks about; what is never answered is left to a person.
    """
    def answer(self, /, approved: bool) -> None:
        """
        Approves it, or leaves it to a person.
        """
    @property
    def plan(self, /) -> Plan:
        """
        Its plan.
        """
    @property
    def task(self, /) -> Any:
        """
        The task.
        """

@final
class Queue:
    """
    The native half of `jules.AsyncQueue` and `jules.Queue`.
    """
    def add(self, /, config: "Mapping[str, object]", timeout: SupportsFloat | SupportsIndex | None) -> Call[Any]:
        """
        Adds a task.
        """
    def add_all(self, /, configs: "list[Mapping[str, object]]", timeout: SupportsFloat | SupportsIndex | None) -> Call[Added]:
        """
        Adds tasks.
        """
    def cancel(self, /, key: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[Any]:
        """
        Cancels the task with this key.
        """
    @property
    def name(self, /) -> str: ...
    def pause(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]:
        """
        Has all workers start nothing more.
        """
    def results(self, /) -> Stream:
        """
        All finished tasks.
        """
    def resume(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]:
        """
        Lets them start tasks again.
        """
    def status(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[QueueStatus]:
        """
        How it stands.
        """
    def task(self, /, key: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[Any]:
        """
        The task with this key.
        """
    def tasks(self, /, states: SupportsGetItem[int, str]) -> Stream:
        """
        Its tasks, optionally only those in some states.
        """
    def waiting_for_person(self, /) -> Stream:
        """
        The tasks that wait for a person.
        """
    def work(self, /, options: "dict[str, object]", approve: str | None) -> Work:
        """
        Works for it. Without a rule it asks whether plans are approved.
        """

@final
class QueueStatus:
    """
    The status of a queue, from the cache.
    """
    def __copy__(self, /) -> QueueStatus: ...
    def __deepcopy__(self, memo: "object", /) -> QueueStatus: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def cancelled(self, /) -> int:
        """
        Tasks that were cancelled, or whose session was stopped or deleted.
        """
    @property
    def day_limit(self, /) -> int | None:
        """
        How many may be, where that was said (the client's `per_day=`) or learned.
        """
    @property
    def day_used(self, /) -> int:
        """
        How many sessions of the account are counted as created within 24 hours.
        """
    @property
    def done(self, /) -> int:
        """
        Tasks whose session completed.
        """
    @property
    def estimated_end(self, /) -> datetime | None:
        """
        When all will be finished at this rate, in UTC.
        """
    @property
    def failed(self, /) -> int:
        """
        Tasks whose session failed or could not be made.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> QueueStatus:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def needs_person(self, /) -> int:
        """
        Tasks that wait for a person.
        """
    @property
    def oldest_waiting(self, /) -> datetime | None:
        """
        When the oldest task that waits was added, in UTC.
        """
    @property
    def paused(self, /) -> bool:
        """
        Whether nothing more is started.
        """
    @property
    def rate(self, /) -> float | None:
        """
        Finished tasks per hour, lately; `None` while that can't be told.
        """
    @property
    def slots_limit(self, /) -> int | None:
        """
        How many may, where that was said (the client's `slots=`) or learned.
        """
    @property
    def slots_used(self, /) -> int:
        """
        How many sessions of the account are counted as holding a slot.
        """
    @property
    def starting(self, /) -> int:
        """
        Tasks whose session is being created.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def waiting(self, /) -> int:
        """
        Tasks that no worker has started.
        """
    @property
    def workers(self, /) -> int:
        """
        How many workers are there, in all processes.
        """
    @property
    def working(self, /) -> int:
        """
        Tasks whose session is at work.
        """

@final
class Quota:
    """
    What the account uses of its plan, as `quota()` tells it.
    """
    def __copy__(self, /) -> Quota: ...
    def __deepcopy__(self, memo: "object", /) -> Quota: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def day_limit(self, /) -> int | None:
        """
        How many may be, where that was said (`per_day=`) or learned from refusals.
        """
    @property
    def day_used(self, /) -> int:
        """
        How many sessions were created within the last 24 hours, failed and deleted ones too as far as they are known.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Quota:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def holding(self, /) -> tuple[Holding, ...]:
        """
        The sessions that hold a slot, the oldest first. `delete()` frees a slot for certain.
        """
    @property
    def next_at(self, /) -> datetime | None:
        """
        When the next session can likely be created, in UTC, where the day's limit is in its way. A slot is free when a
        session ends, which has no time.
        """
    @property
    def slots_limit(self, /) -> int | None:
        """
        How many may, where that was said (`slots=`) or learned from refusals.
        """
    @property
    def slots_used(self, /) -> int:
        """
        How many sessions hold a slot.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class RequestInfo:
    """
    A request that a client has made, as `recent_requests()` tells it.
    """
    __match_args__: Final[tuple[Literal["operation"], Literal["status"], Literal["request_id"]]]
    def __copy__(self, /) -> RequestInfo: ...
    def __deepcopy__(self, memo: "object", /) -> RequestInfo: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def attempt(self, /) -> int:
        """
        Which attempt of its call it was, from 1.
        """
    @property
    def duration_ms(self, /) -> int:
        """
        How long it took, in milliseconds.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> RequestInfo:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def operation(self, /) -> str:
        """
        The operation of the API, such as `sessions.create`.
        """
    @property
    def request_id(self, /) -> str | None:
        """
        The server's id of the request, to quote in a report; absent when it sent none.
        """
    @property
    def session_id(self, /) -> str | None:
        """
        The session that it was about; absent where it was about several, or one that was not created yet.
        """
    @property
    def status(self, /) -> int | None:
        """
        The HTTP status; absent when there was no response.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class Retry:
    """
    How failed requests are retried; times are seconds, `None` means the default.

    ```python
    client = jules.AsyncJules(retry=jules.Retry(max_elapsed=60))
    ```
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs_ex__(self, /) -> "tuple[tuple[()], dict[str, float | None]]": ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, max_elapsed: SupportsFloat | SupportsIndex | None = None, base_delay: SupportsFloat | SupportsIndex | None = None, max_delay: SupportsFloat | SupportsIndex | None = None) -> Retry: ...
    def __repr__(self, /) -> str: ...
    @property
    def base_delay(self, /) -> float | None:
        """
        The longest first wait; each next one may be twice as long. Default: 1 s.
        """
    @property
    def max_delay(self, /) -> float | None:
        """
        No wait is longer, except one that the server asks for. Default: 30 s.
        """
    @property
    def max_elapsed(self, /) -> float | None:
        """
        The time limit of one call, all attempts together. Default: 300 s.
        """

@final
class Run:
    """
    The native half of `jules.AsyncRun`.
    """
    def outcome(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[Outcome]:
        """
        The outcome, once the session has ended.
        """
    def session(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[Session]:
        """
        The session, once it is created.
        """
    @property
    def session_id(self, /) -> str | None:
        """
        Its session's id, once that is created.
        """
    def stream(self, /, options: "dict[str, object]") -> Stream:
        """
        The session's activities.
        """

@final
class Session:
    """
    The native half of `jules.AsyncSession` and `jules.Session`.
    """
    def approve(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]: ...
    def archive(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]: ...
    def ask(self, /, text: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[AgentMessaged]: ...
    def cache_info(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[SessionCacheInfo]: ...
    def delete(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]: ...
    def get_activity(self, /, id: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[Activity]: ...
    def history(self, /, options: "dict[str, object]") -> Stream: ...
    def hydrate(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[int]: ...
    @property
    def id(self, /) -> str: ...
    def info(self, /, cached: bool, timeout: SupportsFloat | SupportsIndex | None) -> Call[SessionInfo]: ...
    def list_activities(self, /, options: "dict[str, object]", timeout: SupportsFloat | SupportsIndex | None) -> Call[Page[Activity]]: ...
    def result(self, /, timeout: SupportsFloat | SupportsIndex | None, stall_timeout: SupportsFloat | SupportsIndex | None) -> Call[Outcome]: ...
    def select(self, /, query: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[list[dict[str, Any]]]:
        """
        The session's rows of the local cache that a query, written as JSON, asks for.
        """
    def send(self, /, text: str, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]: ...
    def snapshot(self, /, cached: bool, timeout: SupportsFloat | SupportsIndex | None) -> Call[Snapshot]: ...
    def stop(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]: ...
    def stream(self, /, options: "dict[str, object]") -> Stream: ...
    def unarchive(self, /, timeout: SupportsFloat | SupportsIndex | None) -> Call[None]: ...
    def updates(self, /, options: "dict[str, object]") -> Stream: ...
    def wait_for(self, /, states: SupportsGetItem[int, str], timeout: SupportsFloat | SupportsIndex | None, stall_timeout: SupportsFloat | SupportsIndex | None) -> Call[SessionInfo]: ...

@final
class SessionCacheInfo:
    """
    What the local cache has of one session, and whether the server may have more.
    """
    def __copy__(self, /) -> SessionCacheInfo: ...
    def __deepcopy__(self, memo: "object", /) -> SessionCacheInfo: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def activities(self, /) -> int:
        """
        How many of its activities are in the cache.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> SessionCacheInfo:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def last_synced(self, /) -> datetime | None:
        """
        When it was last fetched with all its activities, in UTC by the local clock.
        """
    @property
    def may_be_stale(self, /) -> bool:
        """
        Whether the server may have more than the cache.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why: `"notCached"`, `"neverSynced"`, `"changed"`, `"running"`, `"incomplete"` or `"outdated"`.
        """
    @property
    def session_id(self, /) -> str:
        """
        The session.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class SessionCompleted(Activity):
    """
    The session ended with success.
    """
    def __repr__(self, /) -> str: ...

@final
class SessionFailed(Activity):
    """
    The session ended without success.
    """
    __match_args__: Final[tuple[Literal["reason"]]]
    def __repr__(self, /) -> str: ...
    @property
    def reason(self, /) -> str:
        """
        Why.
        """

@final
class SessionInfo:
    """
    A session, with what is known of it.
    """
    __match_args__: Final[tuple[Literal["state"]]]
    def __copy__(self, /) -> SessionInfo: ...
    def __deepcopy__(self, memo: "object", /) -> SessionInfo: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def activities(self, /) -> tuple[Activity, ...]:
        """
        The activities that are known; none in listings.
        """
    @property
    def archived(self, /) -> bool:
        """
        Whether it is archived.
        """
    @property
    def automation_mode(self, /) -> str | None:
        """
        The server's word for what happens at the end, such as `AUTO_CREATE_PR`.
        """
    @property
    def create_time(self, /) -> datetime | None:
        """
        When it was created, in UTC by the server's clock.
        """
    @property
    def create_time_ns(self, /) -> int | None:
        """
        When it was created, in nanoseconds since 1970.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> SessionInfo:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def id(self, /) -> str:
        """
        Unique among the account's sessions.
        """
    @property
    def name(self, /) -> str:
        """
        The resource name, `sessions/<id>`.
        """
    @property
    def outcome(self, /) -> Outcome | None:
        """
        How it ended, when it has.
        """
    @property
    def outputs(self, /) -> tuple[SessionOutput, ...]:
        """
        Its outputs so far.
        """
    @property
    def plan(self, /) -> Plan | None:
        """
        The latest plan among the activities.
        """
    @property
    def prompt(self, /) -> str:
        """
        The prompt.
        """
    @property
    def pull_request(self, /) -> PullRequest | None:
        """
        The pull request among the outputs.
        """
    @property
    def require_plan_approval(self, /) -> bool | None:
        """
        Whether plans wait for approval.
        """
    @property
    def server_state(self, /) -> SessionState | None:
        """
        What the server says its state is, where it differs from `state`: the activities say that the session ended long ago.
        """
    @property
    def source(self, /) -> Source | None:
        """
        The source itself, where the server sends it along.
        """
    @property
    def source_context(self, /) -> SourceContext | None:
        """
        What it works on.
        """
    @property
    def state(self, /) -> SessionState:
        """
        The session's state.
        """
    @property
    def title(self, /) -> str:
        """
        The title, given by the user or the server.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def update_time(self, /) -> datetime | None:
        """
        When it last changed, in UTC by the server's clock.
        """
    @property
    def update_time_ns(self, /) -> int | None:
        """
        When it last changed, in nanoseconds since 1970.
        """
    @property
    def url(self, /) -> str:
        """
        The session's page in the web app; may be empty.
        """

@disjoint_base
class SessionOutput:
    """
    One thing that came out of a session: a `PullRequestOutput`, a `ChangeSetOutput` or an `UnknownOutput`.
    """
    def __copy__(self, /) -> SessionOutput: ...
    def __deepcopy__(self, memo: "object", /) -> SessionOutput: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> SessionOutput:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def type(self, /) -> str:
        """
        The type's name: `"pullRequest"`, `"changeSet"` or `"unknown"`.
        """

@final
class Snapshot:
    """
    A session at one moment, whole: `session.snapshot()` takes it.

    ```python
    snapshot = await session.snapshot()
    print(snapshot.insights.failed_commands)
    print(snapshot.to_markdown())
    ```
    """
    __match_args__: Final[tuple[Literal["state"]]]
    def __copy__(self, /) -> Snapshot: ...
    def __deepcopy__(self, memo: "object", /) -> Snapshot: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    def _repr_html_(self, /) -> str | None: ...
    @property
    def activities(self, /) -> tuple[Activity, ...]:
        """
        Its activities, in order.
        """
    @property
    def activity_counts(self, /) -> dict[str, int]:
        """
        How many activities there are of each type; types that don't occur are absent.
        """
    def change_set(self, /) -> ChangeSet | None:
        """
        The changes: those among the session's outputs, else the latest among its activities.
        """
    @property
    def created_at(self, /) -> datetime | None:
        """
        When it was created, in UTC by the server's clock.
        """
    @property
    def duration_ms(self, /) -> int:
        """
        Milliseconds from its creation to its end; while it runs, to its last known activity.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Snapshot:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def generated_files(self, /) -> GeneratedFiles:
        """
        The files that its changes create or touch.
        """
    def generated_files_in(self, /, directory: str | PathLike[str]) -> GeneratedFiles:
        """
        `generated_files` with each file's full new content, made from the files that a checkout has now; nothing is written.

        Raises `PatchError` when the directory's files are not those that the changes were made for.
        """
    @property
    def id(self, /) -> str:
        """
        The session's id.
        """
    @property
    def insights(self, /) -> Insights:
        """
        What stands out.
        """
    @property
    def pr(self, /) -> PullRequest | None:
        """
        The pull request, when it made one.
        """
    @property
    def prompt(self, /) -> str:
        """
        The prompt.
        """
    @property
    def state(self, /) -> SessionState:
        """
        Where it is in its life.
        """
    @property
    def timeline(self, /) -> tuple[TimelineEntry, ...]:
        """
        What happened, a line an activity.
        """
    @property
    def title(self, /) -> str:
        """
        Its title.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    def to_json(self, /, *, include: SupportsGetItem[int, str] | None = None, exclude: SupportsGetItem[int, str] | None = None) -> dict[str, Any]:
        """
        The snapshot as plain data, or some of its fields.

        ```python
        brief = snapshot.to_json(exclude=["activities", "generated_files"])
        ```

        Args:
            include: Only these fields, in camelCase or snake_case. Default: all.
            exclude: All but these fields. Default: none are left out.

        Raises:
            QueryError: A name is not one of a field.
        """
    def to_markdown(self, /) -> str:
        """
        The snapshot as a Markdown page: what was asked, the plan, the messages, the commands, the files, and a line for
        each activity. Long outputs are shortened.
        """
    @property
    def updated_at(self, /) -> datetime | None:
        """
        When it last changed, in UTC by the server's clock.
        """
    @property
    def url(self, /) -> str:
        """
        Its page in the web app; may be empty.
        """

@final
class Source:
    """
    Something a session can work on, as a rule a GitHub repository.
    """
    __match_args__: Final[tuple[Literal["name"]]]
    def __copy__(self, /) -> Source: ...
    def __deepcopy__(self, memo: "object", /) -> Source: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Source:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def github_repo(self, /) -> GitHubRepo | None:
        """
        The repository, when it is one.
        """
    @property
    def id(self, /) -> str:
        """
        The name without `sources/`.
        """
    @property
    def name(self, /) -> str:
        """
        The resource name, `sources/github/owner/repo`.
        """
    @property
    def raw(self, /) -> Any | None:
        """
        The source as the server sent it, when its kind is not known.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def type(self, /) -> str:
        """
        `"githubRepo"`, or `"unknown"`.
        """

@final
class SourceContext:
    """
    What a session works on.
    """
    __match_args__: Final[tuple[Literal["source"], Literal["starting_branch"]]]
    def __copy__(self, /) -> SourceContext: ...
    def __deepcopy__(self, memo: "object", /) -> SourceContext: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def environment_variables_enabled(self, /) -> bool | None:
        """
        Whether the agent has the environment variables that are set up for the source; `None` where the server doesn't say.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> SourceContext:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def source(self, /) -> str:
        """
        The source's name, `sources/github/owner/repo`.
        """
    @property
    def starting_branch(self, /) -> str | None:
        """
        The branch that the work starts from.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def working_branch(self, /) -> str | None:
        """
        The branch that the agent works on.
        """

@final
class Stream:
    """
    The native half of streams and listings. As an iterator it gives what is ready.
    """
    def __iter__(self, /) -> Stream: ...
    def __next__(self, /) -> Any: ...
    def close(self, /) -> None:
        """
        Ends the stream and the work behind it, and every wait for its next item.
        """
    def fill(self, /) -> Call[bool]:
        """
        Waits for the next items and buffers them; false at the end. Cancelling it loses nothing.
        """

@final
class Sync:
    """
    The native half of `client.sync(…)`: it runs from the start; take what it says with `next()`, the report comes last.
    """
    def close(self, /) -> None:
        """
        Ends it. What it has fetched stays.
        """
    def next(self, /) -> Call[SyncProgress | SyncReport]:
        """
        The next step, or at last the report.
        """

@final
class SyncProgress:
    """
    The progress of a sync, as `on_progress` gets it.
    """
    __match_args__: Final[tuple[Literal["phase"], Literal["current"], Literal["total"]]]
    def __copy__(self, /) -> SyncProgress: ...
    def __deepcopy__(self, memo: "object", /) -> SyncProgress: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def activity_count(self, /) -> int | None:
        """
        How many activities of it were new.
        """
    @property
    def current(self, /) -> int:
        """
        How many sessions it has done that with.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> SyncProgress:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def last_ingested_id(self, /) -> str | None:
        """
        The session that is done.
        """
    @property
    def phase(self, /) -> str:
        """
        What it is doing: `"waiting"` (for another sync of the same cache), `"checkpoint"` (continues one that was
        interrupted), `"fetchingList"`, `"hydratingRecords"`, `"hydratingActivities"` or `"checkingDeleted"`.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def total(self, /) -> int | None:
        """
        Out of how many, where that is known.
        """

@final
class SyncReport:
    """
    What a sync has done.
    """
    def __copy__(self, /) -> SyncReport: ...
    def __deepcopy__(self, memo: "object", /) -> SyncReport: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @property
    def activities_ingested(self, /) -> int:
        """
        Activities that are new in the cache.
        """
    @property
    def duration_ms(self, /) -> int:
        """
        How long it took, in milliseconds.
        """
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> SyncReport:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def is_complete(self, /) -> bool:
        """
        Whether everything that was asked for is in the cache now.
        """
    @property
    def sessions_deleted(self, /) -> int:
        """
        Sessions that no longer exist on the server: hidden, but kept in the cache.
        """
    @property
    def sessions_failed(self, /) -> int:
        """
        Sessions that could not be fetched, although others could; the next sync tries again.
        """
    @property
    def sessions_ingested(self, /) -> int:
        """
        Sessions that the cache did not have, to this depth, before.
        """
    @property
    def sessions_refreshed(self, /) -> int:
        """
        Sessions that it had, fetched again.
        """
    @property
    def sessions_skipped(self, /) -> int:
        """
        Sessions that were skipped.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """

@final
class TimelineEntry:
    """
    One line of a snapshot's timeline.
    """
    __match_args__: Final[tuple[Literal["type"], Literal["summary"]]]
    def __copy__(self, /) -> TimelineEntry: ...
    def __deepcopy__(self, memo: "object", /) -> TimelineEntry: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def __get_pydantic_core_schema__(cls, source: "object", handler: "object", /) -> "object":
        """
        For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
        """
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> "tuple[object, ...]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def from_dict(data: Mapping[str, object]) -> TimelineEntry:
        """
        The value that `to_dict()` made this of.

        Raises `ConfigError` when the dict has another shape.
        """
    @property
    def summary(self, /) -> str:
        """
        What happened, in a line.
        """
    @property
    def time(self, /) -> datetime | None:
        """
        When it happened, in UTC by the server's clock.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        This value as plain data, in the JSON shape that all languages share (camelCase names; what is absent
        is left out).
        """
    @property
    def type(self, /) -> str:
        """
        The activity's type, such as `"agentMessaged"`.
        """

@final
class UnknownActivity(Activity):
    """
    Something that this version does not know, or nothing but a description.
    """
    __match_args__: Final[tuple[Literal["kind"], Literal["raw"]]]
    def __repr__(self, /) -> str: ...
    @property
    def kind(self, /) -> str:
        """
        The server's word for it; empty when there is none.
        """
    @property
    def raw(self, /) -> Any:
        """
        The whole activity as the server sent it.
        """

@final
class UnknownArtifact(Artifact):
    """
    An artifact of a kind that this version does not know.
    """
    __match_args__: Final[tuple[Literal["raw"]]]
    def __repr__(self, /) -> str: ...
    @property
    def raw(self, /) -> Any:
        """
        The artifact as the server sent it.
        """

@final
class UnknownOutput(SessionOutput):
    """
    An output of a kind that this version does not know.
    """
    __match_args__: Final[tuple[Literal["raw"]]]
    def __repr__(self, /) -> str: ...
    @property
    def raw(self, /) -> Any:
        """
        The output as the server sent it.
        """

@final
class UserMessaged(Activity):
    """
    The user wrote a message.
    """
    __match_args__: Final[tuple[Literal["message"]]]
    def __repr__(self, /) -> str: ...
    @property
    def message(self, /) -> str:
        """
        The message.
        """

@final
class Work:
    """
    The native half of `jules.AsyncWork` and `jules.Work`. As an iterator it gives the results that are ready.
    """
    def __iter__(self, /) -> Work: ...
    def __next__(self, /) -> Any: ...
    def asked(self, /) -> Call[Question | None]:
        """
        The next plan that is asked about; nothing when the worker has ended.
        """
    def close(self, /) -> None:
        """
        Ends the worker; its sessions keep running, and another worker takes over.
        """
    def fill(self, /) -> Call[bool]:
        """
        Waits for the next result and buffers it; false at the end. Cancelling it loses nothing.
        """
    def turn(self, /) -> Call[Question | bool]:
        """
        What the blocking form has to do next: a plan that is asked about, or what `fill()` gives.
        """

def after_fork() -> None:
    """
    Called by `os.fork` when it is done, in the parent and in the child.
    """

def before_fork() -> None:
    """
    Called by `os.fork` before it copies this thread and everybody's locks: no thread may be inside a store then.
    """

def close_gate() -> None:
    """
    Closes the gate of this process; called by `atexit`.
    """
