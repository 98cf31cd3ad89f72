"""One page of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T", covariant=True)

__all__ = ["Page"]


class Page(Generic[T]):
    """One page of a listing: iterate over it, or take `items`.

    ```python
    page = await client.sessions(page_size=10).page()
    for info in page:
        print(info.id, info.state)
    ```
    """

    __slots__ = ("_items", "_next_page_token")
    __match_args__ = ("items", "next_page_token")

    def __init__(self, items: tuple[T, ...], next_page_token: str | None = None) -> None:
        self._items = items
        self._next_page_token = next_page_token

    @property
    def items(self) -> tuple[T, ...]:
        """The page's items, in the server's order."""
        return self._items

    @property
    def next_page_token(self) -> str | None:
        """What to ask the next page with; `None` on the last page."""
        return self._next_page_token

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Page):
            return NotImplemented
        return (self._items, self._next_page_token) == (other._items, other._next_page_token)

    def __hash__(self) -> int:
        return hash((self._items, self._next_page_token))

    def __repr__(self) -> str:
        return f"Page({len(self._items)} items, next_page_token={self._next_page_token!r})"

    def to_dict(self) -> dict[str, Any]:
        """The page as plain data."""
        data: dict[str, Any] = {"items": [item.to_dict() for item in self._items]}  # type: ignore[attr-defined]
        if self._next_page_token is not None:
            data["nextPageToken"] = self._next_page_token
        return data
