"""The documentation site: made of the repository's own pages, with the references that the languages' tools write."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tasks import node, python, rust, site_check, site_pages, swift
from tasks.places import CI, DEV, REPO, TARGET
from tasks.process import Failed, Unavailable, run, say, venv
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.tally import Tally

_home = DEV / "site"
_mkdocs = _home / "venv/bin/mkdocs"


@command("site setup", "what makes pages of Markdown, in an environment of its own")
def setup() -> None:
    wanted = site_pages.SITE / "requirements.txt"
    when_changed("site", [wanted], lambda: venv(_home / "venv", "--requirement", wanted), _mkdocs)


def _build(site: Path) -> dict[str, site_check.Page]:
    setup()
    configuration = site_pages.stage(_home / "pages")
    # It advertises its successor at each start.
    quiet = {"NO_MKDOCS_2_WARNING": "1"}
    run(_mkdocs, "build", "--strict", "--quiet", "--config-file", configuration, "--site-dir", site, env=quiet)
    return site_check.read(site)


def _wrong(site: Path, pages: dict[str, site_check.Page]) -> dict[str, Iterable[str]]:
    """What may be wrong with pages, by what was looked for."""
    guides = [file.relative_to(REPO).as_posix() for file in (REPO / "docs").rglob("*.md")]
    addresses = {*map(site_pages.address, [*guides, *site_pages.listed()])}
    return {
        "no link is dead": site_check.dead(site, pages),
        "nothing is fetched from elsewhere": site_check.foreign(site, pages),
        "every page is in the navigation": site_check.unlisted(pages, [f"{page[:-3]}.html" for page in addresses]),
        "every page has a dark mode": site_check.bright(pages),
    }


@command(
    "site test",
    "the site's pages: no dead link, nothing from elsewhere, all in the navigation, a dark mode; and in Chromium, with "
    "pictures of some in target/site-pictures",
)
def test(tally: Tally) -> None:
    pages = _build(site := _home / "html")
    for what, wrong in _wrong(site, pages).items():
        found = list(wrong)
        tally.add(Tally(0, [what, *found]) if found else Tally(1))
        for line in found:
            say(f"site: {line}")
    if reason := node.browser():
        tally.skipped.append(f"pictures of the pages: {reason}")
    else:
        tally.run("site.json", "node", site_pages.SITE / "pictures.mjs", site, TARGET / "site-pictures")


def whole(references: dict[str, Path]) -> None:
    """The site with these references, in target/site."""
    pages = _build(site := TARGET / "site")
    for name, folder in references.items():
        shutil.copytree(folder, site / site_check.REFERENCES / name)
    if wrong := [line for found in _wrong(site, pages).values() for line in found]:
        raise Failed("\n".join(wrong))
    say(f"docs: {site}/index.html; for its search: python3 -m http.server --directory {site}")


@command("docs", "the documentation site, in target/site: its pages, and the references of all languages")
def docs() -> None:
    references = {}
    makes = {"rust": rust.docs, "python": python.docs, "node": node.docs, "swift": swift.reference}
    for name, make in makes.items():
        try:
            references[name] = make()
        except Unavailable as reason:
            if CI:
                raise Failed("under CI nothing may be skipped") from reason
            print(f"{name}: skipped: {reason}", file=sys.stderr)
    whole(references)
