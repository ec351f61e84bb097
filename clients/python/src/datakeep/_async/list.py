"""Lists of the keep, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Generic, TypedDict, TypeVar

from .connection import AsyncConnection, Sent

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    items: list[Item]
    nextCursor: str | None


class AsyncList(Generic[Item]):
    """A list of the keep, read page by page as it is gone through; nothing is asked before."""

    def __init__(
        self,
        read: Callable[[str | None, int], Awaitable[Page[Item]]],
        page_size: int | None,
        limit: int | None,
    ) -> None:
        self._read = read
        self._page_size = 500 if page_size is None else page_size
        self._limit = limit

    def __aiter__(self) -> AsyncIterator[Item]:
        return self._items()

    async def _items(self) -> AsyncIterator[Item]:
        async for page in self.pages():
            for item in page["items"]:
                yield item

    async def pages(self) -> AsyncIterator[Page[Item]]:
        cursor: str | None = None
        left = self._limit
        while left is None or left > 0:
            page = await self._read(cursor, self._page_size if left is None else min(self._page_size, left))
            yield page
            cursor = page["nextCursor"]
            if cursor is None:
                return
            if left is not None:
                left -= len(page["items"])

    async def first(self) -> Item | None:
        page = await self._read(None, 1)
        return page["items"][0] if page["items"] else None

    async def to_list(self) -> list[Item]:
        return [item async for item in self]


def listed(
    connection: AsyncConnection,
    path: str,
    page_size: int | None,
    limit: int | None,
    query: Mapping[str, str | None] | None = None,
) -> AsyncList[Any]:
    async def read(cursor: str | None, size: int) -> Page[Any]:
        page: Page[Any] = await connection.ask(
            Sent("GET", path, "always", query={**(query or {}), "limit": size, "cursor": cursor}),
        )
        return page

    return AsyncList(read, page_size, limit)
