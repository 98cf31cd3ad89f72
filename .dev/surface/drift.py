"""No drift between languages: all that core has is in each of them, and in what people read of it.

What there is, is what core's crate exports. Of what is written from it, it is enough that the table is there. What is
by hand (operations, values, some options) is looked for in the block of its type, under its name in that language
(`declared.py`), and all but the fields of values on the language's pages (`pages.py`). What a language does without
says so in core: `// not swift: WHY` above the item or its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from core import BINDINGS, ROOT, Item, absent, exported, has_methods, methods, options, table, words
from declared import arguments_lacking, forms, lacking, says
from pages import unsaid
from text import snake

# The tables that a language must have.
TABLES = {
    "core": """
        setters ClientOptions
    """,
    "python": """
        members SessionState; members ChangeType; members TaskState; literal TaskStateWord; literal StateWord;
        literal ActivityType; literal Depth; literal Order; errors; keywords ClientOptions; keywords RunConfig;
        take ClientOptions; take RunConfig; show ClientOptions; keywords SyncOptions;
        take SyncOptions; keywords StreamOptions; take StreamOptions; keywords HistoryOptions; take HistoryOptions;
        keywords SessionsOptions; take SessionsOptions; keywords SourcesOptions; take SourcesOptions;
        keywords ActivitiesOptions; take ActivitiesOptions; keywords AllOptions; take AllOptions; keywords QueueOptions;
        take QueueOptions; keywords TaskConfig; take TaskConfig; keywords WorkOptions; take WorkOptions; activities;
        activities classes; getters QueueStatus; acts Session
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
        take TaskConfig; take WorkOptions; union RetryOn; values QueueStatus; acts Session
    """,
    "swift": """
        cases SessionState; cases ChangeType; cases Limit; cases EndReason; cases StoreFault; cases Event;
        cases StaleReason; cases SyncDepth; cases SyncPhase; cases Stage; statics Event; coded read; coded written;
        failures cases; errors variables; errors json; errors made; fields ClientOptions; fields RetryOptions;
        fields RunConfig; parameters ClientOptions; parameters RunConfig run; parameters RunConfig createSession;
        wire ClientOptions; wire RunConfig; record ClientOptions; record RunConfig; take ClientOptions;
        take RunConfig; record AllOptions; record SyncOptions; record StreamOptions; record HistoryOptions;
        take AllOptions; take SyncOptions; take StreamOptions; take HistoryOptions; kinds;
        acts Session methods; acts Session declared; acts Session missing; acts Session short
    """,
}
# And its pages.
ON_PAGES = """
    words_table SessionState; words_table TaskState; words_table Event; errors_table; options_table ClientOptions;
    options_table RunConfig; options_table AllOptions; options_table TaskConfig -run; options_table WorkOptions;
    options_table StreamOptions; options_table HistoryOptions; options_table SyncOptions; options_table SessionsOptions;
    options_table ActivitiesOptions; options_table SourcesOptions
"""
# Who takes options: a function, or a type that has them. Others are only in the tables that are written.
TAKERS = {
    "ActivitiesOptions": {"python": "list", "node": "ListActivitiesOptions", "swift": "list"},
    "AllOptions": {"python": "all", "node": "AllOptions", "swift": "all"},
    "ClientOptions": {"node": "JulesOptions"},
    "HistoryOptions": {"python": "history", "node": "HistoryOptions", "swift": "history"},
    "QueueOptions": {"python": "queue", "node": "QueueOptions", "swift": "queue"},
    "RetryOptions": {"python": "Retry", "node": "RetryOptions"},
    "RunConfig": {"python": "run", "node": "SessionConfig", "swift": "RunConfig"},
    "SessionsOptions": {"python": "sessions", "node": "SessionsOptions", "swift": "sessions"},
    "SourcesOptions": {"python": "sources", "node": "SourcesOptions", "swift": "sources"},
    "StreamOptions": {"python": "stream", "node": "StreamOptions", "swift": "stream"},
    "SyncOptions": {"python": "sync", "node": "SyncOptions", "swift": "sync"},
    "TaskConfig": {"node": "TaskConfig", "swift": "TaskConfig"},
    "WorkOptions": {"python": "work", "node": "WorkOptions", "swift": "work"},
}
# Enums of words that are a type by hand.
ENUMS = {"TaskState": {"swift": "QueueTask.State"}}

noted: set[str] = set()


def note(path: Path, kind: str, arguments: str) -> None:
    """Remembers that this table stands there."""
    place = path.relative_to(ROOT).parts[0].removeprefix("bindings-")
    noted.add(f"{place}: {kind} {arguments}".strip())


def missing() -> Iterator[str]:
    """What a language, or what is said of it, lacks."""
    for place, tables in TABLES.items():
        wanted = tables + (f"; {ON_PAGES}" if place in BINDINGS else "")
        for one in re.split(r"\s*;\s*", wanted.strip()):
            if not any(f"{found} ".startswith(f"{place}: {one} ") for found in noted):
                yield f"{place} has no table `surface: {one}`"
    for language in BINDINGS:
        for name, kind in exported().items():
            if language not in absent(name):
                yield from of_kind[kind](name, language)
        yield from unsaid(language)


def operations(name: str, language: str) -> Iterator[str]:
    """The methods of what has only methods. What an error tells is written in tables."""
    if name != "Error":
        for type in forms(name, language):
            yield from lacking(type, here(methods(name), language), name, language)


def value(name: str, language: str) -> Iterator[str]:
    """The fields of a value, and what it can be asked for."""
    more = methods(name) if has_methods(name) else ()
    for type in forms(name, language):
        yield from lacking(type, here([*table(name).fields, *more], language), name, language)


def given(name: str, language: str) -> Iterator[str]:
    """Options, where they are taken."""
    if taker := TAKERS.get(name, {}).get(language):
        listeners = [item for item in table(name).fields if item.inner.startswith("On")]
        # Swift's task has a run; elsewhere the options of that stand among its own.
        fields = table(name).fields if language == "swift" else [*options(name, language), *listeners]
        check = lacking if taker[0].isupper() else arguments_lacking
        yield from check(taker, here(fields, language), name, language)
    elif not any(re.match(rf"{language}: (?:keywords|fields|parameters) {name}\b", found) for found in noted):
        yield f"{language} takes {name} nowhere"


def known(name: str, language: str) -> Iterator[str]:
    """Words that stand in no table of the language's code stand somewhere as words: in quotes, or as a case."""
    items = here(words(name), language)
    if type := ENUMS.get(name, {}).get(language):
        yield from lacking(type, [replace(item, name=snake(item.word)) for item in items], name, language)
    elif not any(re.search(rf"^{language}: (?!words_table).*\b{name}\b", found) for found in noted):
        for item in items:
            if not says(f"{item.name}Error" if name == "ErrorKind" else item.word, language):
                yield f"{language} has no word {item.word} (core's {name}::{item.name})"


def here(items: Iterable[Item], language: str) -> list[Item]:
    return [item for item in items if language not in item.absent]


of_kind = {"handle": operations, "value": value, "options": given, "words": known}
