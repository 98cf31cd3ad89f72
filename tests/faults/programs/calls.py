"""What the crash tests kill, in Python: the calls of the programs in ../src, which say what each is, and their lines.

calls.py reader URL SESSION DIRECTORY
calls.py syncer URL DIRECTORY
calls.py batch URL DIRECTORY ITEMS
calls.py worker URL CACHE SLOTS TASKS MILLISECONDS MOST
calls.py keyed URL DIRECTORY KEY
calls.py deleter URL DIRECTORY SESSION…
calls.py history URL DIRECTORY SESSION…
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import jules


def say(*words: object) -> None:
    print(*words, flush=True)


def client(url: str, cache: str, **more: Any) -> jules.Jules:
    options: dict[str, Any] = {"polling_interval": 0.01, "activity_budget": False}
    return jules.Jules(api_key="test-key", base_url=url, cache=cache, **{**options, **more})


def reader(url: str, session: str, directory: str) -> None:
    for activity in client(url, directory).session(session).stream():
        say(activity.id)


def syncer(url: str, directory: str) -> None:
    def tell(progress: jules.SyncProgress) -> None:
        if progress.last_ingested_id is not None:
            say(progress.last_ingested_id)

    report = client(url, directory).sync(depth="activities", on_progress=tell)
    assert report.is_complete, report


def batch(url: str, directory: str, items: str) -> None:
    def describe(item: int) -> dict[str, Any]:
        return {"prompt": f"Do {item} [scenario:work]", "key": f"item-{item}"}

    for done in client(url, directory).all(range(int(items)), describe):
        assert done.outcome is not None, done.error
        say(f"item-{done.index}", done.outcome.session_id, done.outcome.state)


def worker(url: str, cache: str, slots: str, tasks: str, milliseconds: str, most: str) -> None:
    with client(url, cache, slots=int(slots), polling_interval=int(milliseconds) / 1000) as own:
        queue = own.queue("fleet")
        for number in range(int(tasks)):
            key = f"task-{number:05}"
            queue.add(prompt=f"Do {key} [scenario:work]", title=key, key=key)
        if int(tasks) > 0:
            return
        for one in queue.work(concurrency=int(most) or None):
            say(one.key, one.task.state)


def keyed(url: str, directory: str, key: str) -> None:
    run = client(url, directory).start(prompt=f"Do {key} [scenario:quick]", key=key)
    say(run.session().id)
    say(run.outcome().state)


def deleter(url: str, directory: str, *sessions: str) -> None:
    own = client(url, directory)
    for session in sessions:
        with contextlib.suppress(jules.NotFoundError):
            own.session(session).delete()
        say(session)


def history(url: str, directory: str, *sessions: str) -> None:
    own = client(url, directory)
    for session in sessions:
        for activity in own.session(session).history(offline=True):
            say(activity.id)


globals()[sys.argv[1]](*sys.argv[2:])
