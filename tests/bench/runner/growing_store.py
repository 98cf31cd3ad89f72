"""Reading where much is stored, by both engines: the figures of `.dev/run postgres figures`, as curves."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from contestants import Contestant
from report import Row, missing
from sizes import Sizes

WORK = "activities in the store: {}"


def measure(_who: Mapping[str, Contestant], _binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Core's own figures; the program that has them, and PostgreSQL's URL, come from `.dev/run bench`."""
    program = os.environ.get("BENCH_FIGURES")
    if not program:
        return [missing(WORK.format("all"), "ours", {"unsupported": "core's tests were not built"})]
    with tempfile.NamedTemporaryFile(dir=caches) as file:
        env = {"JULES_FIGURES_FILE": file.name, "JULES_FIGURES": ",".join(map(str, sizes.activities))}
        engines = ["sqlite", *(["postgres"] if "JULES_TEST_POSTGRES" in os.environ else [])]
        for engine in engines:
            test = f"store::{engine}::tests::suite::figures"
            words = (program, "--exact", test, "--ignored", "--test-threads", "1")
            subprocess.run(words, env={**os.environ, **env}, check=True, capture_output=True)
        lines = [json.loads(line) for line in Path(file.name).read_text().splitlines()]
    names = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
    return [
        Row(
            f"{WORK.format(line['what'])}",
            names[line["engine"]],
            line["milliseconds"],
            "ms",
            f"{line['rows']} rows",
            x=line["activities"],
        )
        for line in lines
    ]
