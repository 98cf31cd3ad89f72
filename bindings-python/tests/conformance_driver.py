"""Runs the steps of a conformance plan through the package's public API and prints what came.

    python conformance_driver.py [--blocking] PLAN

It holds no expectation and no logic of its own. With `--blocking` the same steps go through `jules.Jules`.
"""

from __future__ import annotations

import asyncio
import json
import sys

from conformance_artifacts import ARTIFACTS
from conformance_client import CLIENT
from conformance_queues import QUEUES
from conformance_sessions import SESSIONS
from conformance_stage import Stage


async def drive(path: str, *, blocking: bool) -> None:
    with open(path, encoding="utf-8") as file:  # noqa: ASYNC230 - nothing else runs yet
        plan = json.load(file)
    for case in plan["cases"]:
        stage = Stage(case, {**SESSIONS, **ARTIFACTS, **CLIENT, **QUEUES}, blocking=blocking)
        results = await stage.perform(case["steps"])
        await stage.close_all()
        print(json.dumps({"name": case["name"], "results": results}), flush=True)


if __name__ == "__main__":
    asyncio.run(drive(sys.argv[-1], blocking="--blocking" in sys.argv[1:-1]))
