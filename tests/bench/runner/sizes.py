"""How large the works are: as design §3 says, or so small that only the scripts are tried."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Counts, and times in seconds."""

    stream_rounds: int = 83  # of six activities, 120 ms apart
    stream_limit: float = 90
    watched: int = 100
    shortest: float = 20
    longest: float = 30
    items: int = 50
    slots: int = 5
    item_seconds: float = 2
    cached: int = 10_000
    stored: int = 1_000
    each: int = 100
    rounds: int = 5
    # Of the curves.
    sessions: tuple[int, ...] = (1, 10, 100, 1_000, 3_000)
    idle: tuple[int, ...] = (1, 10, 100, 500)
    idle_seconds: float = 10
    processes: tuple[int, ...] = (1, 2, 5, 10, 20)
    followed: int = 60  # activities, half a second apart
    batch: tuple[int, ...] = (10, 100, 1_000, 10_000)
    batch_seconds: float = 0.5
    batch_slots: int = 100
    quota_items: int = 90
    quota_seconds: float = 180
    activities: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)


FULL = Sizes()
SMOKE = Sizes(
    stream_rounds=2,
    stream_limit=10,
    watched=10,
    shortest=1,
    longest=2,
    items=6,
    slots=2,
    item_seconds=0.5,
    cached=300,
    stored=100,
    each=20,
    rounds=1,
    sessions=(1, 10),
    idle=(1, 10),
    idle_seconds=1,
    processes=(1, 2),
    followed=4,
    batch=(10, 20),
    batch_seconds=0.2,
    quota_items=10,
    quota_seconds=3,
    activities=(1_000, 2_000),
)
