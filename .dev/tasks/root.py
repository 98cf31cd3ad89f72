"""Small Debians of other ages, each in a folder of the cache, entered by chroot in mounts of its own.

The mounts end with the last process that uses them, so none is ever left behind, not even by kill -9.

Exit code 77: such a root can't be had on this machine; the reason is on stderr.
JULES_DEV_CACHE: the cache folder, outside the repository (default ~/.cache/jules-dev).
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tasks import process
from tasks.places import REPO, RUN, TARGET
from tasks.process import Failed, StepFailed, Unavailable, Word, become, install, say
from tasks.registry import command

CACHE = Path(os.environ.get("JULES_DEV_CACHE") or Path(os.environ.get("HOME", "/root"), ".cache/jules-dev"))
# Makes the whole of a root read-only, but for what is bound into it.
READ_ONLY = "--read-only"


@dataclass(frozen=True)
class Root:
    """A Debian `suite` with these packages."""

    name: str
    suite: str
    packages: tuple[str, ...]

    @property
    def place(self) -> Path:
        return CACHE / f"{self.name}-root"

    @property
    def _mark(self) -> Path:
        return self.place / ".jules-packages"

    @property
    def ready(self) -> bool:
        return self._mark.exists() and self._mark.read_text() == " ".join(self.packages)

    def command(self, *words: Word, read_only: bool = False) -> list[Word]:
        """The command to run this in it: same working directory, same paths, same network."""
        return [*RUN, "root", "enter", self.name, *([READ_ONLY] if read_only else []), *words]

    def setup(self) -> None:
        """Makes it, or brings its packages up to date."""
        if self.ready:
            return
        if why := _why_not():
            raise Unavailable(why)
        CACHE.mkdir(parents=True, exist_ok=True)
        # One at a time; whoever waited finds the work done.
        with (CACHE / f"{self.name}-root.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                if not self.ready:
                    self._make()
            except StepFailed as failure:
                raise Unavailable(f"a Debian {self.suite} can't be made: {failure}") from failure

    def _make(self) -> None:
        # A finished debootstrap leaves a dpkg status and takes its own folder away; anything else is a torn one.
        if not (self.place / "var/lib/dpkg/status").exists() or (self.place / "debootstrap").exists():
            if not shutil.which("debootstrap"):
                install("debootstrap")
            say(f"making a Debian {self.suite} in {self.place}")
            process.run("rm -rf --one-file-system", self.place)
            # debootstrap mounts proc in the root; in a namespace of its own that can't outlive it either.
            private = "unshare --mount --propagation private debootstrap --variant=minbase"
            process.run(private, self.suite, self.place, quiet=True)
        packages = f"apt-get install -y --no-install-recommends {' '.join(self.packages)}"
        # A mirror may lag behind, and only packages of ours are tried in here.
        update = "apt-get -o Acquire::Check-Valid-Until=false update"
        for words in ("dpkg --configure -a", update, packages, "apt-get clean"):
            # From /, which every root has.
            inside = self.command(*words.split())
            process.run("", *inside, cwd=Path("/"), env={"DEBIAN_FRONTEND": "noninteractive"}, quiet=True)
        self._mark.write_text(" ".join(self.packages))

    def enter(self, *words: Word, read_only: bool = False) -> NoReturn:
        """Goes on as this command in it, also where it isn't finished yet."""
        # The network may have changed since the root was made.
        for name in ("resolv.conf", "hosts"):
            with contextlib.suppress(OSError):
                shutil.copyfile(f"/etc/{name}", self.place / "etc" / name)
        cwd = Path.cwd()
        # From <sched.h> and <sys/mount.h>.
        new_mounts, bind, recursive, private, remount, only_read = 0x20000, 0x1000, 0x4000, 0x40000, 0x20, 0x1
        _call("unshare", new_mounts)
        _call("mount", b"none", b"/", None, recursive | private, None)
        place = bytes(self.place)
        _call("mount", place, place, None, bind, None)
        # Everything the command needs from the outside stands at the same path inside.
        for folder in (Path("/proc"), Path("/sys"), Path("/dev"), Path("/tmp"), REPO, TARGET):
            inside = self.place / folder.relative_to("/")
            inside.mkdir(parents=True, exist_ok=True)
            _call("mount", bytes(folder), bytes(inside), None, bind | recursive, None)
        if read_only:
            _call("mount", place, place, None, bind | remount | only_read, None)
        os.chroot(self.place)
        try:
            os.chdir(cwd)
        except FileNotFoundError:
            sys.exit(f"{cwd} is not visible inside the Debian {self.suite}")
        os.environ.pop("LD_LIBRARY_PATH", None)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        become(*words, env={"HOME": "/root", "PATH": path, "LANG": "C.UTF-8"})


def _call(name: str, *arguments: bytes | int | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*(ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)


def _why_not() -> str:
    """Why there can't be a root here."""
    if sys.platform != "linux":
        return "a Debian root is made on Linux only"
    if os.getuid() != 0:
        return "making a Debian root needs root rights"
    if not Path("/etc/debian_version").exists():
        return "this is not a Debian to make another one from"
    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        return "this machine forbids mount namespaces"
    return ""


# What the packages are tried in has nothing but the language.
_SWIFT = ("swiftlang", "libswiftlang", "swiftlang-dev", "libc6-dev", "libstdc++-14-dev", "git", "ca-certificates")
_ROOTS = (
    Root("swift", "trixie", _SWIFT),
    # With what builds a newer Python there: its own is older than ours may be.
    Root("bullseye", "bullseye", ("python3-venv", "gcc", "libc6-dev", "make", "zlib1g-dev", "xz-utils")),
    Root("bookworm", "bookworm", ("python3-venv",)),
    Root("trixie", "trixie", ("python3-venv",)),
    Root("sid", "sid", ("python3-venv", "python3.14-venv", "python3.15-venv")),
)
ROOTS = {root.name: root for root in _ROOTS}


def _named(name: str) -> Root:
    if name not in ROOTS:
        raise Failed(f"no root is called {name}; there are {', '.join(ROOTS)}")
    return ROOTS[name]


@command("root setup", f"makes sure that this root exists: {', '.join(ROOTS)}", "NAME")
def setup(name: str) -> Path:
    """Gives its folder."""
    _named(name).setup()
    return _named(name).place


@command("root run", "runs a command in it: same working directory, same paths, same network", "NAME COMMAND …")
def run(name: str, *words: str) -> NoReturn:
    _named(name).setup()
    _named(name).enter(*words)


@command("root enter", "the same in a root that may not be finished yet", f"NAME [{READ_ONLY}] COMMAND …")
def enter(name: str, *words: str) -> NoReturn:
    read_only = words[:1] == (READ_ONLY,)
    _named(name).enter(*words[read_only:], read_only=read_only)
