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
)
