# Made from ../_async/list.py by scripts/generated-types.ts.
"""Lists of the keep, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypedDict, TypeVar

from .connection import Connection, Sent

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    items: list[Item]
    nextCursor: str | None


class List(Generic[Item]):
    """A list of the keep, read page by page as it is gone through; nothing is asked before."""

    def __init__(
        self,
        read: Callable[[str | None, int], Page[Item]],
        page_size: int | None,
        limit: int | None,
    ) -> None:
        self._read = read
        self._page_size = 500 if page_size is None else page_size
        self._limit = limit

    def __iter__(self) -> Iterator[Item]:
        return self._items()

    def _items(self) -> Iterator[Item]:
        for page in self.pages():
            for item in page["items"]:
                yield item

    def pages(self) -> Iterator[Page[Item]]:
        cursor: str | None = None
        left = self._limit
        while left is None or left > 0:
            page = self._read(cursor, self._page_size if left is None else min(self._page_size, left))
            yield page
            cursor = page["nextCursor"]
            if cursor is None:
                return
            if left is not None:
                left -= len(page["items"])

    def first(self) -> Item | None:
        page = self._read(None, 1)
        return page["items"][0] if page["items"] else None

    def to_list(self) -> list[Item]:
        return [item for item in self]


def listed(
    connection: Connection,
    path: str,
    page_size: int | None,
    limit: int | None,
    query: Mapping[str, str | None] | None = None,
) -> List[Any]:
    def read(cursor: str | None, size: int) -> Page[Any]:
        page: Page[Any] = connection.ask(
            Sent("GET", path, "always", query={**(query or {}), "limit": size, "cursor": cursor}),
        )
        return page

    return List(read, page_size, limit)
