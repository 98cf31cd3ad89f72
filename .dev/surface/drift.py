"""No drift between languages: all that core has is in each of them, and in what people read of it.

Of what is written from core it is enough that the table is there. What is by hand (operations, values, the options of
streams and lists) is looked for in the block of its type, under its name in that language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from core import BINDINGS, ROOT, Item, methods, table, words
from text import option

# The tables that a language must have.
TABLES = {
    "core": """
        setters ClientOptions
    """,
    "python": """
        members SessionState; members ChangeType; members TaskState; literal TaskStateWord; literal StateWord;
        literal ActivityType; literal Depth; literal Order; errors; keywords ClientOptions; keywords RunConfig;
        take ClientOptions; take RunConfig; show ClientOptions; options_table ClientOptions; keywords SyncOptions;
        take SyncOptions; keywords StreamOptions; take StreamOptions; keywords HistoryOptions; take HistoryOptions;
        keywords SessionsOptions; take SessionsOptions; keywords SourcesOptions; take SourcesOptions;
        keywords ActivitiesOptions; take ActivitiesOptions; keywords AllOptions; take AllOptions; keywords QueueOptions;
        take QueueOptions; keywords TaskConfig; take TaskConfig; keywords WorkOptions; take WorkOptions; activities;
        activities classes; getters QueueStatus
    """,
    "node": """
        union SessionState; union ChangeType; union TaskState; union ErrorKind; union Limit; union EndReason;
        union StoreFault; union SyncDepth; union Until; property SessionCacheInfo reason; property SyncProgress phase;
        property Progress stage; activities; choices Until SyncDepth; errors; errors Jules; classes;
        fields ClientOptions; fields RetryOptions; fields RunConfig; checks ClientOptions; checks RunConfig;
        record ClientOptions; record RetryOptions; record RunConfig; take ClientOptions; take RunConfig;
        fields AllOptions; fields SyncOptions; fields StreamOptions; fields HistoryOptions; fields SourcesOptions;
        fields SessionsOptions; fields ActivitiesOptions; checks AllOptions; checks SyncOptions; record AllOptions;
        record SyncOptions; record StreamOptions; record SessionsOptions; take AllOptions; take SyncOptions;
        take StreamOptions; take HistoryOptions; take SessionsOptions; take SourcesOptions; take ActivitiesOptions;
        fields QueueOptions; fields TaskConfig; fields WorkOptions; checks QueueOptions; checks TaskConfig;
        checks WorkOptions; record QueueOptions; record TaskConfig; record WorkOptions; take QueueOptions;
        take TaskConfig; take WorkOptions; union RetryOn; values QueueStatus; options_table ClientOptions
    """,
    "swift": """
        cases SessionState; cases ChangeType; cases Limit; cases EndReason; cases StoreFault; cases Event;
        cases StaleReason; cases SyncDepth; cases SyncPhase; cases Stage; statics Event; coded read; coded written;
        failures cases; errors variables; errors json; errors made; fields ClientOptions; fields RetryOptions;
        fields RunConfig; parameters ClientOptions; parameters RunConfig run; parameters RunConfig createSession;
        wire ClientOptions; wire RunConfig; record ClientOptions; record RunConfig; take ClientOptions;
        take RunConfig; record AllOptions; record SyncOptions; record StreamOptions; record HistoryOptions;
        take AllOptions; take SyncOptions; take StreamOptions; take HistoryOptions; options_table ClientOptions; kinds
    """,
}
# Where the types of a language are, how a block of one begins, and how something is declared in it.
SOURCES = {
    "python": ("bindings-python/python/jules", r"(?:class|def) {}\b", r"\bdef (?:{0})\b|\b(?:{0}): "),
    "node": ("bindings-node/ts", r"(?:interface|class|function) {}\b", r"(?<![.\w'])(?:{0})\??[:(<]"),
    "swift": (
        "bindings-swift/Sources/Jules",
        r"(?:struct|class|enum|extension|func) {}\b",
        r"\b(?:{0})`?: [A-Z\[(@]|\b(?:func|var|let|case) `?(?:{0})\b",
    ),
}
PAGES = {
    "python": ("bindings-python/README.md", "bindings-python/GUIDE.md"),
    "node": ("bindings-node/README.md", "bindings-node/GUIDE.md"),
    "swift": ("bindings-swift/README.md", "bindings-swift/Sources/Jules/Jules.docc"),
}
# The types whose methods are operations, with the types that stand for them in each language.
OPERATIONS = {
    "Jules": {"python": ("AsyncJules", "Jules", "BaseClient"), "node": ("Jules", "Sources"), "swift": ("Jules",)},
    "Session": {"python": ("AsyncSession", "Session"), "node": ("Session",), "swift": ("Session",)},
    "Activities": {"python": ("AsyncActivities", "Activities"), "node": ("Activities",), "swift": ("Activities",)},
    "Run": {"python": ("AsyncRun", "Run"), "node": ("Run",), "swift": ("Run",)},
}
VALUES = (
    *(
        "Activity",
        "BashOutput",
        "CacheInfo",
        "ChangeSet",
        "FileChange",
        "GeneratedFile",
        "GitPatch",
        "Holding",
        "Media",
    ),
    *("Metrics", "Outcome", "ParsedPatch", "Plan", "PlanStep", "Progress", "PullRequest", "Quota", "SessionCacheInfo"),
    *("SessionInfo", "SourceContext", "SyncProgress", "SyncReport"),
)
BY_HAND = {
    "StreamOptions": {"python": "stream", "node": "(?:Stream|History)Options", "swift": "stream"},
    "HistoryOptions": {"python": "history", "node": "HistoryOptions", "swift": "history"},
    "SessionsOptions": {"python": "sessions", "node": "(?:Sessions|Sources)Options", "swift": "sessions"},
    "SourcesOptions": {"python": "sources", "node": "SourcesOptions", "swift": "sources"},
    "ActivitiesOptions": {"python": "list", "node": "ListActivitiesOptions", "swift": "list"},
    "AllOptions": {"python": "all", "node": "AllOptions", "swift": "all"},
    "SyncOptions": {"python": "sync", "node": "SyncOptions", "swift": "sync"},
}
# What has another name in a language.
RENAMED = {
    "create_session": {"python": "session", "node": "session"},
    "source": {"node": "get"},
    "close": {"python": "close|aclose"},
    "with": {"python": "with_options"},
    "exclude_originator": {"node": "exclude"},
    "wait_for": {"swift": "wait"},
    "outcome": {"python": "__await__|outcome", "node": "then"},
    "Activity": {"node": "ActivityBase"},
    "FileChange": {"node": "ParsedFile"},
    "ParsedPatch": {"node": "ParsedChangeSet"},
    "Progress": {"node": "AllProgress", "swift": "BatchProgress"},
    "BashOutput": {"node": "BashOutputArtifact"},
    "Media": {"node": "MediaArtifact"},
}

noted: set[str] = set()


def note(path: Path, kind: str, arguments: str) -> None:
    """Remembers that this table stands there."""
    place = path.relative_to(ROOT).parts[0].removeprefix("bindings-")
    noted.add(f"{place}: {kind} {arguments}".strip())


def missing() -> Iterator[str]:
    """What a language, or what is said of it, lacks."""
    for place, tables in TABLES.items():
        for one in " ".join(tables.split()).split("; "):
            if not any(f"{found} ".startswith(f"{place}: {one} ") for found in noted):
                yield f"{place} has no table `surface: {one}`"
    for language in BINDINGS:
        yield from by_hand(language)
        yield from operations(language)


def by_hand(language: str) -> Iterator[str]:
    for name in VALUES:
        yield from lacking(language, name, renamed(name, language), table(name).fields)
    for name, blocks in BY_HAND.items():
        yield from lacking(language, name, blocks[language], table(name).fields)


def operations(language: str) -> Iterator[str]:
    pages = "".join(path.read_text() for name in PAGES[language] for path in files(ROOT / name, ("*.md", "*.tutorial")))
    for owner, types in OPERATIONS.items():
        items = [item for item in methods(owner) if language not in item.absent]
        for type in types[language]:
            if type in ("BaseClient", "Sources"):
                continue
            kinds = ("*.py", "*.ts", "*.swift")  # Not the native module's stub, which has classes of the same names.
            text = block(language, type, *kinds)
            text += block(language, types[language][-1], *kinds) if owner == "Jules" else ""
            yield from (f"{language}: {type} has no {name(i, language)}" for i in items if not found(i, language, text))
        for item in items:
            if not re.search(rf"\b({name(item, language)})\b", pages):
                yield f"{language}: {owner}'s {name(item, language)} is on no page ({', '.join(PAGES[language])})"
    for item in words("ErrorKind"):
        if language not in item.absent and not re.search(rf"\b{item.name}Error\b|\.{item.word}\b", pages):
            yield f"{language}: the error {item.name} is on no page"


def lacking(language: str, owner: str, type: str, items: list[Item]) -> Iterator[str]:
    found_blocks = blocks(language, type, "*.pyi", "*.py", "*.ts", "*.swift")
    if not found_blocks:
        yield f"{language} has no {type}"
        return
    items = [item for item in items if language not in item.absent]
    each = ["\n".join(found_blocks)]
    if re.match(r"(?:.*\b)?(?:def|func) ", found_blocks[0]):
        # A function that has some of the options has all of them; others, and short forms, are something else.
        found_blocks = [text for text in found_blocks if "()" not in text.split("\n")[0]]
        each = [text for text in found_blocks if any(found(item, language, text) for item in items)] or each
    for text in each:
        for item in items:
            if not found(item, language, text):
                yield f"{language}: {type} has no {name(item, language)} (core's {owner}::{item.name})"


def found(item: Item, language: str, text: str) -> bool:
    names = {name(item, language), option(item.name, language)}
    return any(re.search(SOURCES[language][2].format(one), text) for one in names)


def name(item: Item, language: str) -> str:
    return renamed(item.name, language) if item.name in RENAMED else option(item.name, language)


def renamed(name: str, language: str) -> str:
    fallback = name if name[0].isupper() else option(name, language)
    return RENAMED.get(name, {}).get(language, fallback)


def files(place: Path, kinds: tuple[str, ...]) -> list[Path]:
    return [place] if place.is_file() else sorted(path for kind in kinds for path in place.rglob(kind))


@cache
def lines(language: str, *kinds: str) -> list[list[str]]:
    return [path.read_text().splitlines() for path in files(ROOT / SOURCES[language][0], kinds)]


def block(language: str, type: str, *kinds: str) -> str:
    return "\n".join(blocks(language, type, *kinds))


@cache
def blocks(language: str, type: str, *kinds: str) -> list[str]:
    """What is declared in blocks of this name, without comments: what is indented deeper than their first lines."""
    head = re.compile(rf"^( *)[\w ]*\b{SOURCES[language][1].format(type)}")
    found = []
    for text in lines(language, *kinds):
        for at, line in enumerate(text):
            if not (match := head.match(line)):
                continue
            inside = [line]
            for inner in text[at + 1 :]:
                if inner.strip() and not inner.startswith(match[1] + " ") and not re.match(r" *[)\]]", inner):
                    break
                inside.append(re.sub(r"^ *(///?|\*|/\*\*|#).*", "", inner))
            found.append(re.sub(r'""".*?"""', "", "\n".join(inside), flags=re.DOTALL))
    return found
