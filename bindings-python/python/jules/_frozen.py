"""What the values have in common that are made in Python: they don't change, and compare by what they hold."""

from __future__ import annotations

from typing import Any

__all__ = ["Frozen"]


class Frozen:
    """A value with the attributes that `__match_args__` names."""

    # By hand, for the module `dataclasses` takes longer to import than all of this package.
    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def __init__(self, *values: Any) -> None:
        for name, value in zip(self.__match_args__, values, strict=True):
            object.__setattr__(self, name, value)

    def _all(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} can't be set: a {type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} can't be deleted: a {type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return self._all() == other._all() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        named = zip(self.__match_args__, self._all(), strict=True)
        shown = ", ".join(f"{name}={value!r}" for name, value in named if value is not None)
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[type[Any], tuple[object, ...]]:
        return (type(self), self._all())
