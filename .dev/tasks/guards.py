"""Instruction and allocation counts of core's hot paths, nearly the same in every run, however busy the machine is.

`core/src/guards` has the paths, `tests/bench/guards.json` what they cost; tests/bench/README.md says what is compared.
"""

import json
import platform
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tasks.places import REPO
from tasks.process import Failed, Unavailable, install, logged, output, run, say
from tasks.registry import command

FILE = REPO / "tests/bench/guards.json"
# More than this much growth fails.
TOLERANCE = 0.05
# As core/src/guards/mod.rs says.
COUNT = 400
BUILD = "cargo test --quiet --profile campaign -p jules --lib --no-run --message-format json"
ALLOCATING = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}
# What there is code for besides the usual, and what valgrind shows of it.
FEATURES = ("avx2", "pclmulqdq", "sse4_2")


@dataclass(frozen=True)
class Cost:
    """What one activity, row or round costs."""

    instructions: int
    allocations: float


def made_with() -> dict[str, str]:
    """What else the counts depend on."""
    rustc = output("rustc --version --verbose")
    version, host = (re.search(rf"^{word}: (.*)$", rustc, re.MULTILINE) for word in ("release", "host"))
    assert version is not None
    assert host is not None
    flags = Path("/proc/cpuinfo").read_text().split()
    return {
        "rustc": version[1],
        "target": host[1],
        "libc": " ".join(platform.libc_ver()),
        "valgrind": output(_valgrind(), "--version").strip(),
        "processor": " ".join(name for name in FEATURES if name in flags),
    }


def _valgrind() -> Path:
    if not (found := shutil.which("valgrind")) and shutil.which("apt-get"):
        install("valgrind")
        found = shutil.which("valgrind")
    if not found:
        raise Unavailable("valgrind, which counts instructions, is not here and can't be installed")
    return Path(found)


def program() -> Path:
    """Core's unit tests, in the build that the long campaigns have too: optimized, with the names of functions."""
    lines = (json.loads(line) for line in output(BUILD).splitlines() if line.startswith("{"))
    [program] = [line["executable"] for line in lines if line.get("executable")]
    return Path(program)


def _guards(program: Path) -> dict[str, str]:
    """The tests that are guards, by what they are called in the file."""
    tests = re.findall(r"^(\S+): test$", output(program, "--list"), re.MULTILINE)
    found = {}
    for test in tests:
        name = test.rpartition("::")[2]
        if test.startswith("guards::paths::") or name.endswith("_guard"):
            found[name.removesuffix("_guard")] = test
    return dict(sorted(found.items()))


def count(program: Path, test: str) -> Cost:
    """Runs one guard under callgrind."""
    with tempfile.NamedTemporaryFile() as file:
        callgrind = (
            _valgrind(),
            "--tool=callgrind",
            "--collect-atstart=no",
            "--dump-instr=yes",
            "--compress-pos=no",
            "--toggle-collect=jules::guards::guarded*",
            f"--callgrind-out-file={file.name}",
        )
        # Resolved once and for all: else the first call of each function would be counted as more.
        env = {"LD_BIND_NOW": "1", "RUST_TEST_THREADS": "1"}
        run(*callgrind, program, "--exact", test, env=env, quiet=True)
        return read(Path(file.name).read_text())


def read(text: str) -> Cost:
    """What callgrind wrote: its sum, and how often the first instruction was run of each function that allocates.

    (It counts calls also where it is not to count, so those it names can't be taken.)
    """
    summary = re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)
    if summary is None or int(summary[1]) == 0:
        raise Failed("callgrind has counted nothing: is there a function `guarded`, and are its symbols there?")
    # A name stands at its first use only, behind its number.
    names: dict[str, str] = {}
    runs: dict[str, dict[int, int]] = {}
    within, called = "", False
    for line in text.splitlines():
        if match := re.match(r"c?fn=(\(\d+\))(?: (.*))?$", line):
            if match[2]:
                names[match[1]] = match[2].partition("@")[0].partition("'")[0]
            within = within if line.startswith("cfn=") else names[match[1]]
        elif line.startswith("calls="):
            called = True
        elif called:
            # What was called has cost that much: it is counted where it stands.
            called = False
        elif within in ALLOCATING and (match := re.match(r"(0x[0-9a-f]+) \d+ (\d+)$", line)):
            address = int(match[1], 16)
            known = runs.setdefault(within, {})
            known[address] = known.get(address, 0) + int(match[2])
    allocations = sum(known[min(known)] for known in runs.values())
    return Cost(round(int(summary[1]) / COUNT), round(allocations / COUNT, 1))


def measured() -> dict[str, Cost]:
    """All guards, two at a time: what else runs changes no count."""
    built = program()
    guards = _guards(built)

    def one(name: str) -> Cost:
        # Each thread has logs of its own.
        with logged(f"guard-{name}", quiet=True):
            return count(built, guards[name])

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(guards, pool.map(one, guards), strict=True))


def compared(known: dict[str, Cost], now: dict[str, Cost]) -> tuple[list[str], list[str]]:
    """What was found, a line each, and what of it is wrong."""
    lines, wrong = [], []
    for name in sorted(known.keys() | now.keys()):
        if name not in known or name not in now:
            wrong.append(f"{name} is {'in the file and no guard' if name in known else 'a guard and not in the file'}")
            continue
        for what in ("instructions", "allocations"):
            before, after = getattr(known[name], what), getattr(now[name], what)
            # Less than one allocation in twenty activities is nothing.
            grown = after > before * (1 + TOLERANCE) + 0.05
            change = f"{(after / before - 1) * 100:+.1f} %" if before else f"{after:+}"
            lines.append(f"{name:<10}{what:<14}{before:>10,} → {after:>10,}  {change}")
            if grown:
                wrong.append(f"{name}: {what} grew from {before:,} to {after:,} ({change})")
    return lines, wrong


@command("bench check", "counts instructions and allocations of core's hot paths; fails when one grew by more than 5 %")
def check() -> None:
    file = json.loads(FILE.read_text())
    here = made_with()
    if other := [
        f"{name} {file['madeWith'][name]} (here {here[name]})" for name in here if file["madeWith"][name] != here[name]
    ]:
        raise Unavailable(
            f"the counts in {FILE.relative_to(REPO)} are of {', '.join(other)}, and mean nothing here. To compare two "
            "states of the code on this machine: `.dev/run bench write` in the one, `.dev/run bench check` in the other"
        )
    lines, wrong = compared({name: Cost(**cost) for name, cost in file["guards"].items()}, measured())
    say("\n".join(lines))
    if wrong:
        raise Failed("\n".join([*wrong, "if that is meant: .dev/run bench write"]))


@command("bench write", "writes these counts anew, as they are here, to tests/bench/guards.json")
def write() -> None:
    guards = {name: asdict(cost) for name, cost in measured().items()}
    FILE.write_text(json.dumps({"madeWith": made_with(), "guards": guards}, indent=2) + "\n")
    say(FILE.read_text())
