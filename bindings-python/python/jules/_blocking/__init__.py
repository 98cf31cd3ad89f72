"""The blocking twin: the same native calls, waited for with the GIL released. Ctrl-C ends any of them at once."""

from ._client import Jules
from ._queue import Queue, Task, Work
from ._run import Run
from ._session import Activities, Session
from ._streams import All, Listing, Stream

__all__ = ["Activities", "All", "Jules", "Listing", "Queue", "Run", "Session", "Stream", "Task", "Work"]
