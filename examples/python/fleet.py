"""A fleet: one task for each line of a file, three worker processes, and how it stands, live in the terminal.

    python fleet.py octocat/hello-world prompts.txt
    python fleet.py octocat/hello-world prompts.txt --store postgresql://me@db.example/fleet

With a database it may run on any number of machines at once. A task is known by its key, so starting it again starts no
task again: it continues where it was, also after a worker was killed or the machine went away. Needs `JULES_API_KEY`.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

import jules

STATES = ("waiting", "starting", "working", "needs_person", "done", "failed", "cancelled")


def main(options: argparse.Namespace) -> int:
    """Adds the tasks, has them worked off, and shows what came of them; gives the number of those that are not done."""
    prompts = [line for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]

    def describe(prompt: str) -> dict[str, object]:
        key = hashlib.sha256(f"{options.repository}\n{prompt}".encode()).hexdigest()[:16]
        return {"key": f"fleet/{key}", "prompt": prompt, "source": options.repository, "max_attempts": 2}

    with jules.Jules(cache=options.store) as client:
        queue = client.queue("fleet")
        added = queue.add_all(prompts, describe)
        print(f"{added.added} tasks are new, {added.known} were known", flush=True)
        workers = [hire() for _ in range(options.workers)]
        try:
            watch(queue, workers)
        finally:
            for worker in workers:
                worker.terminate()
        results = list(queue.results())
    for task in results:
        print(task.key, task.state, report(task))
    return len(prompts) - sum(task.state == jules.TaskState.DONE for task in results)


def work(options: argparse.Namespace) -> int:
    """One worker: takes tasks until nothing is left."""
    with jules.Jules(cache=options.store) as client:
        for one in client.queue("fleet").work(approve=lambda task, plan: len(plan.steps) < 20):
            if one.error is not None:
                print(one.key, one.error, file=sys.stderr)
    return 0


def hire() -> subprocess.Popen[bytes]:
    """Starts a worker."""
    return subprocess.Popen([sys.executable, *sys.argv, "--work"])


def watch(queue: jules.Queue, workers: list[subprocess.Popen[bytes]]) -> None:
    """Shows how the queue stands until nothing is left, or nobody can work."""
    shown, live = "", sys.stdout.isatty()
    while True:
        line = dashboard(queue.status())
        if line != shown:
            # On a terminal each line takes the place of the one before.
            print(f"\r\x1b[K{line}" if live else f"{line}\n", end="", flush=True)
            shown = line
        for place, worker in enumerate(workers):
            if (worker.poll() or 0) < 0:  # It was killed: others continue its tasks, and a new one takes its place.
                workers[place] = hire()
        if all(worker.poll() is not None for worker in workers):
            break
        time.sleep(0.2)
    if live:
        print()


def dashboard(status: jules.QueueStatus) -> str:
    """A queue's status in one line."""
    counts = "  ".join(f"{state.replace('_', ' ')} {getattr(status, state)}" for state in STATES)
    slots = f"slots {status.slots_used}/{status.slots_limit or '?'}"
    day = f"today {status.day_used}/{status.day_limit or '?'}"
    end = f"  done by {status.estimated_end:%H:%M}" if status.estimated_end else ""
    return f"{counts}  |  {slots}  {day}  workers {status.workers}{end}"


def report(task: jules.Task) -> str:
    """What came of a task."""
    if task.outcome is None:
        return str(task.error)
    made = task.outcome.pull_request
    text = made.url if made else task.outcome.failure_reason or task.outcome.url
    # What the agent wrote is text: it moves no cursor and changes no title.
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "\ufffd", text)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A task for each line of a file.")
    parser.add_argument("repository")
    parser.add_argument("file", type=Path)
    parser.add_argument("--store", help="where the queue lives: a directory, or a PostgreSQL URL for many machines")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    sys.exit(work(given) if given.work else min(main(given), 100))
