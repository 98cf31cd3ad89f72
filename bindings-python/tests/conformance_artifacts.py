"""The operations of a conformance plan on what a session left: outcomes, snapshots, and the changes in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jules
from conformance_stage import Operations, Stage
from conformance_words import Json, UnsupportedError


def in_directory(files: dict[str, str], use: Callable[[str], Json]) -> Json:
    """Uses a directory with these files; its name is in no message, for it is another one each time."""
    with TemporaryDirectory() as place:
        for path, content in files.items():
            file = Path(place, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode())
        try:
            return use(place)
        except jules.JulesError as error:
            error.args = (str(error).replace(place, "DIRECTORY"),)
            raise


async def completed(stage: Stage, step: Json, options: Json) -> Json:
    outcome: Any = stage.handle(step)
    return outcome.raise_for_state().to_dict()


async def generated_files(stage: Stage, step: Json, options: Json) -> Json:
    left = stage.handle(step)

    def of(place: str | None) -> Json:
        if isinstance(left, jules.Snapshot):
            files = left.generated_files if place is None else left.generated_files_in(place)
        else:
            files = left.generated_files(directory=place)
        return [file.to_dict() for file in files]

    return in_directory(options["files"], of) if "files" in options else of(None)


def contents(place: str) -> dict[str, str]:
    found = [file for file in Path(place).rglob("*") if file.is_file()]
    return {file.relative_to(place).as_posix(): file.read_bytes().decode() for file in found}


async def apply_to(stage: Stage, step: Json, options: Json) -> Json:
    changes: Any = stage.handle(step).change_set()

    def apply(place: str) -> Json:
        changes.apply_to(place)
        return contents(place)

    return in_directory(options.get("files", {}), apply)


async def parsed(stage: Stage, step: Json, options: Json) -> Json:
    changes = stage.handle(step).change_set()
    return changes and changes.parsed().to_dict()


async def snapshot_json(stage: Stage, step: Json, options: Json) -> Json:
    return stage.handle(step).to_json(**options)


async def snapshot_markdown(stage: Stage, step: Json, options: Json) -> Json:
    return stage.handle(step).to_markdown()


async def read_again(stage: Stage, step: Json, options: Json) -> Json:
    kind = getattr(jules, options["type"])
    value = stage.handle(step) if "on" in step else kind.from_dict(options["json"])
    copy = kind.from_dict(value.to_dict())
    if copy != value:
        raise UnsupportedError(f"{copy!r} is not {value!r}")
    return copy.to_dict()


async def summary(stage: Stage, step: Json, options: Json) -> Json:
    return jules.Activity.from_dict(options["activity"]).summary


async def bash_text(stage: Stage, step: Json, options: Json) -> Json:
    artifacts = jules.Activity.from_dict(options["activity"]).artifacts
    return str(next(one for one in artifacts if isinstance(one, jules.BashOutput)))


async def media_text(stage: Stage, step: Json, options: Json) -> Json:
    artifacts = jules.Activity.from_dict(options["activity"]).artifacts
    return next(one for one in artifacts if isinstance(one, jules.Media)).to_bytes().decode()


ARTIFACTS: Operations = {
    "completed": completed,
    "readAgain": read_again,
    "summary": summary,
    "bashText": bash_text,
    "mediaText": media_text,
    "generatedFiles": generated_files,
    "changeSet.parsed": parsed,
    "changeSet.applyTo": apply_to,
    "snapshot.json": snapshot_json,
    "snapshot.markdown": snapshot_markdown,
}
