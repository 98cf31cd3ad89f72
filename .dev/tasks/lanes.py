"""Parts of the tests beside each other: most of their time they wait, for a network or a clock."""

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from tasks.process import stop_all
from tasks.tally import Part, Tests, part

LANES = min(2, os.cpu_count() or 1)


def side_by_side(parts: Mapping[str, Tests], lanes: int = LANES) -> list[Part]:
    """Runs these, the first ones first; prints what a part said when it has ended. They come back in their order."""
    with ThreadPoolExecutor(lanes) as pool:
        running = {pool.submit(_heard_later, name, tests): name for name, tests in parts.items()}
        try:
            done = {running[ended]: _print(ended) for ended in as_completed(running)}
        except BaseException:
            # Ctrl-C, or a mistake of ours: nothing goes on behind it.
            stop_all()
            pool.shutdown(cancel_futures=True)
            raise
    return [done[name] for name in parts]


def _heard_later(name: str, tests: Tests) -> Part:
    print(f"begun: {name}", flush=True)
    return part(name, tests, quiet=True)


def _print(ended: Future[Part]) -> Part:
    done = ended.result()
    print(f"\n── test: {done.name} ──\n{done.log.read_text(errors='replace')}{done}", flush=True)
    return done
