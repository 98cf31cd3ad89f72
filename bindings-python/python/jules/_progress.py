"""`progress=True`: a live display on the terminal, by `rich` where it is installed (`pip install 'jules-sdk[rich]'`).

In a notebook it is a line below the cell. Where nobody would see it (a pipe, a file, CI) nothing is written, and `rich`
is not even imported.
"""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from ._errors import JulesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol

    from rich.console import Console

    from ._native import Activity, Progress, SyncProgress

    class Bars(Protocol):
        """What shows how far it is: `rich`'s, or ours."""

        def add_task(self, description: str, *, total: float | None = None) -> Any: ...
        def update(
            self,
            task: Any,
            /,
            *,
            completed: float | None = None,
            total: float | None = None,
            advance: float = 0,
            description: str | None = None,
        ) -> None: ...

    class Stream(Protocol):
        """The activities that are watched."""

        def __iter__(self) -> Iterator[Activity]: ...
        def close(self) -> None: ...


__all__ = ["all_display", "hear", "result_display", "sync_display", "watching"]

LONGEST = 60


@contextmanager
def all_display(wanted: bool, items: Any) -> Iterator[Callable[[Progress], None]]:
    """For `all()`: how many items are finished, and what the others do."""
    with _bars(wanted) as bars:
        if bars is None:
            yield _nobody
            return
        total = len(items) if hasattr(items, "__len__") else None
        task = bars.add_task("starting", total=total)
        stages: dict[int, str] = {}

        def tell(step: Progress) -> None:
            stages[step.index] = step.stage
            counts = [(list(stages.values()).count(stage), word) for stage, word in _STAGES.items()]
            words = ", ".join(f"{count} {word}" for count, word in counts if count)
            bars.update(task, completed=step.finished, description=words or "sessions")

        yield tell


_STAGES = {"queued": "queued", "waiting": "waiting for a free slot", "started": "running"}


@contextmanager
def sync_display(
    wanted: bool, on_progress: Callable[[SyncProgress], object] | None
) -> Iterator[Callable[[SyncProgress], object] | None]:
    """For `sync()`: who hears of its steps, the terminal and the callback; nothing when that is nobody."""
    with _bars(wanted) as bars:
        if bars is None:
            yield on_progress
            return
        task = bars.add_task("sync", total=None)

        def tell(step: SyncProgress) -> None:
            bars.update(task, completed=step.current, total=step.total, description=_PHASES.get(step.phase, step.phase))
            hear(on_progress, step)

        yield tell


def hear(tell: Callable[[SyncProgress], object] | None, step: SyncProgress) -> None:
    """Tells of a step, if anybody listens."""
    if tell is not None:
        tell(step)


_PHASES = {
    "waiting": "waiting for another sync",
    "checkpoint": "going on",
    "fetchingList": "listing sessions",
    "hydratingRecords": "fetching sessions",
    "hydratingActivities": "fetching activities",
    "checkingDeleted": "looking for deleted sessions",
}


@contextmanager
def result_display(wanted: bool, name: str) -> Iterator[Callable[[Activity], None] | None]:
    """For `result()`: how many activities there are, and the latest; nothing where nobody would see it."""
    with _bars(wanted) as bars:
        if bars is None:
            yield None
            return
        task = bars.add_task(f"session {name}", total=None)

        def tell(activity: Activity) -> None:
            title = getattr(activity, "title", None) or getattr(activity, "message", None) or activity.type
            bars.update(task, advance=1, description=_line(title))

        yield tell


@contextmanager
def watching(wanted: bool, name: str, open_stream: Callable[[], Stream]) -> Iterator[None]:
    """For the blocking `result()`: a thread shows what happens while the caller waits."""
    with result_display(wanted, name) as tell:
        if tell is None:
            yield
            return
        with closing(open_stream()) as activities:
            thread = Thread(target=_show, args=(activities, tell), name="jules-progress", daemon=True)
            thread.start()
            try:
                yield
            finally:
                activities.close()
                thread.join()


def _show(activities: Iterable[Activity], tell: Callable[[Activity], None]) -> None:
    with suppress(JulesError):  # The caller gets it from `result()`.
        for activity in activities:
            tell(activity)


def _nobody(step: object) -> None:
    pass


def _line(text: str) -> str:
    """Text of an agent's on one line, with nothing in it that a terminal obeys."""
    first = text[: LONGEST + 1]
    plain = "".join(letter if letter.isprintable() else " " for letter in first)
    return plain if len(plain) <= LONGEST else plain[:LONGEST] + "…"


@contextmanager
def _bars(wanted: bool) -> Iterator[Bars | None]:
    if wanted and _is_notebook():
        yield _Cell()
        return
    console = _console() if wanted else None
    if console is None:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    text = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn(), text)
    with Progress(*columns, console=console, refresh_per_second=5) as bars:
        yield bars


class _Cell:
    """A line below a notebook's cell. `rich` would need `ipywidgets` for it, this needs nothing."""

    def __init__(self) -> None:
        from IPython.display import display

        self._completed: float = 0
        self._total: float | None = None
        self._description = ""
        show: Any = display  # It has no types.
        self._shown = show({"text/plain": ""}, raw=True, display_id=True)

    def add_task(self, description: str, *, total: float | None = None) -> Any:
        self.update(None, total=total, description=description)

    def update(
        self,
        task: Any,
        /,
        *,
        completed: float | None = None,
        total: float | None = None,
        advance: float = 0,
        description: str | None = None,
    ) -> None:
        self._completed = (self._completed if completed is None else completed) + advance
        self._total = self._total if total is None else total
        self._description = self._description if description is None else description
        of = "" if self._total is None else f"/{self._total}"
        self._shown.update({"text/plain": f"{self._completed}{of} {self._description}"}, raw=True)


def _is_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def _console() -> Console | None:
    """Where to draw; nothing when there is no terminal, or no `rich`."""
    if not sys.stderr.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        import logging

        logging.getLogger("jules").warning("progress=True shows nothing: pip install 'jules-sdk[rich]'")
        return None
    console = Console(stderr=True)
    return console if console.is_terminal else None
