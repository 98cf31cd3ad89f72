"""One emulator for the whole run, clients on it, and ways to look at what they asked of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import jules
import jules_emulator
import pytest


class Emulator(jules_emulator.Emulator):
    """With what our tests wait for."""

    def slots(self, slots: int, answer: str = "bare") -> None:
        """Lets so many sessions hold a slot, and refuses more: as the service does, unless said otherwise."""
        self.configure(concurrentSessions=slots, limitAnswer=answer)

    def until(self, condition: Callable[[], bool], what: str, limit: float = 10.0) -> None:
        """Waits for something that others are about to do."""
        end = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < end, f"{what}: not within {limit} s"
            time.sleep(0.01)

    def quiet(self) -> None:
        """Waits until nobody has asked anything for fifteen polling intervals of `options`; fails if that never is."""
        end = time.monotonic() + 10
        last, since = self._last(), time.monotonic()
        while time.monotonic() < since + 0.3:
            assert time.monotonic() < end, f"requests still come after 10 s: {self.requests()[-1]}"
            time.sleep(0.01)
            if (now := self._last()) != last:
                last, since = now, time.monotonic()

    def _last(self) -> int:
        return max((int(request["seq"]) for request in self.requests()), default=0)

    def until_asked(self, session: str, times: int = 1) -> None:
        """Waits until there were so many requests about this session in all."""
        self.until(lambda: len(self.requests(session)) >= times, f"{times} requests about {session}")


def message(text: str, **fields: Any) -> dict[str, Any]:
    """An activity of the agent, in the server's words."""
    return {"originator": "agent", "agentMessaged": {"agentMessage": text}, **fields}


COMPLETED: dict[str, Any] = {"originator": "system", "sessionCompleted": {}}


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[Emulator]:
    with Emulator.start() as emulator:
        yield emulator


@pytest.fixture
def emulator(emulator_process: Emulator) -> Emulator:
    emulator_process.reset()
    return emulator_process


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the developer's key or cache."""
    monkeypatch.delenv("JULES_API_KEY", raising=False)
    monkeypatch.delenv("JULES_BASE_URL", raising=False)
    monkeypatch.setenv("JULES_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def options(emulator: Emulator) -> dict[str, Any]:
    """What a client needs to find the emulator and to fail fast."""
    return {
        "api_key": "test-key",
        "base_url": emulator.url,
        "cache": False,
        "polling_interval": 0.02,
        "activity_budget": False,
        "retry": {"max_elapsed": 2.0, "base_delay": 0.01},
    }


@pytest.fixture
async def client(options: dict[str, Any]) -> AsyncIterator[jules.AsyncJules]:
    async with jules.AsyncJules(**options) as client:
        yield client


@pytest.fixture
def blocking(options: dict[str, Any]) -> Iterator[jules.Jules]:
    with jules.Jules(**options) as client:
        yield client
