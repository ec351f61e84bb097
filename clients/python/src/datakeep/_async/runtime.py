"""What differs between asyncio and threads; `_sync/runtime.py` is its like. By hand, as no other file of `_sync`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
Lock = asyncio.Lock


async def settled(value: T | Awaitable[T]) -> T:
    return await value if inspect.isawaitable(value) else value


async def each(values: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    if isinstance(values, AsyncIterable):
        async for value in values:
            yield value
    else:
        for value in values:
            yield value


async def end_stream(response: httpx.Response) -> None:
    """Ends a body that another task reads."""
    await response.aclose()


class Sockets:
    """Of requests under way. Closing their client ends them."""

    extensions: Mapping[str, Any] = {}

    async def end(self) -> None:
        pass


class Bell:
    """Wakes who waits for it, from when it is rung until it is quiet."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def is_rung(self) -> bool:
        return self._event.is_set()

    def ring(self) -> None:
        self._event.set()

    def quiet(self) -> None:
        self._event.clear()

    async def wait(self, seconds: float | None) -> None:
        """So long at most; None: without end."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass


class Worker:
    """Work in the background."""

    def __init__(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        self._task = asyncio.create_task(work())

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
