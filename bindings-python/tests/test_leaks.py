"""Sessions are created, streamed and dropped: the process is as large as it was, with as many files and threads.

400 of them; 2,000 where JULES_LONG is set."""

from __future__ import annotations

import json
import os
import sys

import pytest
from conftest import Emulator
from test_process import finished, start

PROGRAM = """
import gc, json

del options["cache"]
options["activity_budget"] = False

def held():
    gc.collect()
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return int(status["VmRSS"].split()[0]), len(os.listdir("/proc/self/fd")), int(status["Threads"])

async def lane(cycles):
    async with jules.AsyncJules(**options) as client:
        for _ in range(cycles):
            session = await client.session(prompt="[scenario:quick] once more")
            async for activity in session.stream():
                break

async def main():
    # The first round is for what comes once: threads, their stacks, and what is kept of the last ten minutes.
    for _ in "first", "second":
        await asyncio.gather(*(lane(int(os.environ["CYCLES"]) // 8) for _ in range(8)))
        print(json.dumps(held()))

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_sessions_that_were_streamed_leave_nothing_behind(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    cycles, limit = ("2000", 1800) if "JULES_LONG" in os.environ else ("400", 110)
    monkeypatch.setenv("CYCLES", cycles)
    before, after = map(json.loads, finished(start(PROGRAM, emulator), limit).splitlines())
    print(f"before {before}, after {cycles} more {after}")
    # Ten kilobytes that each of the few leaves would be four megabytes.
    assert after[0] - before[0] < 4_096, (before, after)
    # Connections and idle threads come and go by a few.
    assert after[1] < before[1] + 24, (before, after)
    assert after[2] < before[2] + 24, (before, after)
