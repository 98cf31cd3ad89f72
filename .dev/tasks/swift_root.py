"""A place where Swift 6 exists.

Where `swift` is on the PATH that is this machine itself; on a Debian without Swift (as root) it is a small Debian 13 in
a cache folder, entered by chroot inside a mount namespace of its own, so that no mount is ever left behind, not even
by kill -9.

Exit code 77: Swift can't be had on this machine; the reason is on stderr.
JULES_DEV_CACHE: the cache folder, outside the repository (default ~/.cache/jules-dev).
"""

import contextlib
import ctypes
import fcntl
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tasks import registry
from tasks.places import REPO, RUN, TARGET
from tasks.process import StepFailed, Unavailable, Word, become, install, say
from tasks.process import run as step

SUITE = "trixie"
# Change the name when the list of packages changes: roots made with the old list are then brought up to date.
PACKAGES_MARK = ".jules-packages-1"
PACKAGES = ("swiftlang", "libswiftlang", "swiftlang-dev", "libc6-dev", "libstdc++-14-dev", "git", "ca-certificates")
CACHE = Path(os.environ.get("JULES_DEV_CACHE") or Path(os.environ.get("HOME", "/root"), ".cache/jules-dev"))
ROOT = CACHE / "swift-root"


@functools.cache
def on_host() -> bool:
    """Whether this machine has Swift 6.0 or newer."""
    if not shutil.which("swift"):
        return False
    said = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"Swift version (\d+)\.", said)
    return version is not None and int(version[1]) >= 6


def command(*words: Word) -> list[Word]:
    """The command to run this where Swift is."""
    return [*words] if on_host() else [*RUN, "swift-root", "run", *words]


@registry.command(
    "swift-root run", "runs a command there: same working directory, same paths, same network", "COMMAND …"
)
def run(*words: str) -> NoReturn:
    if on_host():
        become(*words)
    setup()
    enter(*words)


@registry.command("swift-root enter", "the same in a root that is not finished yet", "…")
def enter(*words: str) -> NoReturn:
    """Goes on as this command in the root."""
    # The network may have changed since the root was made.
    for name in ("resolv.conf", "hosts"):
        with contextlib.suppress(OSError):
            shutil.copyfile(f"/etc/{name}", ROOT / "etc" / name)
    cwd = Path.cwd()
    # From <sched.h> and <sys/mount.h>. The mounts are private: they end with the last process that uses them.
    new_mounts, bind, recursive, private = 0x20000, 0x1000, 0x4000, 0x40000
    _call("unshare", new_mounts)
    _call("mount", b"none", b"/", None, recursive | private, None)
    # Everything the command needs from the outside stands at the same path inside.
    for folder in (Path("/proc"), Path("/sys"), Path("/dev"), Path("/tmp"), REPO, TARGET):
        inside = ROOT / folder.relative_to("/")
        inside.mkdir(parents=True, exist_ok=True)
        _call("mount", bytes(folder), bytes(inside), None, bind | recursive, None)
    os.chroot(ROOT)
    try:
        os.chdir(cwd)
    except FileNotFoundError:
        sys.exit(f"swift: {cwd} is not visible inside the Swift root")
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
        return "install Xcode or a toolchain from swift.org"
    if os.getuid() != 0:
        return "making a root with Swift needs root rights"
    if not Path("/etc/debian_version").exists():
        return "this is no Debian to make a root with Swift from"
    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        return "this machine forbids mount namespaces"
    return ""


def _make() -> None:
    # A finished debootstrap leaves a dpkg status and takes its own folder away; anything else is a torn one.
    if not (ROOT / "var/lib/dpkg/status").exists() or (ROOT / "debootstrap").exists():
        if not shutil.which("debootstrap"):
            install("debootstrap")
        say(f"swift: making a Debian {SUITE} in {ROOT}")
        step("rm -rf --one-file-system", ROOT)
        # debootstrap mounts proc in the root; in a namespace of its own that can't outlive it either.
        step("unshare --mount --propagation private debootstrap --variant=minbase", SUITE, ROOT, quiet=True)
    packages = f"apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
    for words in ("dpkg --configure -a", "apt-get update", packages, "apt-get clean", "swift --version"):
        # From /, which every root has.
        inside: tuple[Word, ...] = ("", *RUN, "swift-root", "enter", *words.split())
        step(*inside, cwd=Path("/"), env={"DEBIAN_FRONTEND": "noninteractive"}, quiet=True)
    (ROOT / PACKAGES_MARK).touch()


@registry.command("swift-root setup", "makes sure that the place exists (about a minute and 3.2 GB the first time)")
def setup() -> None:
    if on_host() or (ROOT / PACKAGES_MARK).exists():
        return
    if why := _why_not():
        raise Unavailable(f"no swift 6 on the PATH; {why}")
    CACHE.mkdir(parents=True, exist_ok=True)
    # One at a time; whoever waited finds the work done.
    with (CACHE / "swift-root.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not (ROOT / PACKAGES_MARK).exists():
                _make()
        except StepFailed as failure:
            raise Unavailable(f"installing Swift failed: {failure}") from failure


@registry.command("swift-root where", 'prints "host" or the folder')
def where() -> Path:
    return Path("host") if on_host() else ROOT
