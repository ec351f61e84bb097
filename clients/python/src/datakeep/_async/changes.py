from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import httpx

from .._new_event import ProfileRef, name_of
from .._problem import ClientClosed, KeepError, KeepUnreachable
from .._server_sent_events import ServerSentEvents
from .._stores import AsyncCheckpoint, Checkpoint
from .._types import Change, ChangePage
from .connection import AsyncConnection, Sent
from .runtime import settled

_path = "/app/v1/events/changes"
#: Seconds. The keep sends something every 15.
_silence = 45.0
_longest_pause = 15.0


async def follow_changes(
    connection: AsyncConnection,
    profile: ProfileRef | None,
    since: str | None,
    checkpoint: Checkpoint | AsyncCheckpoint | None,
    on_open: Callable[[], None] | None = None,
    on_problem: Callable[[KeepError | KeepUnreachable], None] | None = None,
) -> AsyncGenerator[Change, None]:
    """Follows the change feed until the client is closed.

    Connections that break, and a keep that starts anew, are waited for without end; a right that is gone, and a place
    that is too old (`changes-gone`), raise.
    """
    name = None if profile is None else name_of(profile)
    saved = None if checkpoint is None else await settled(checkpoint.load())
    begin = saved or since or "now"
    place = None if begin in ("now", "start") else begin
    failures = 0
    try:
        if begin == "start":
            while True:
                page = await _page_after(connection, name, place)
                for change in page["items"]:
                    yield change
                    if checkpoint is not None:
                        await settled(checkpoint.save(change["place"]))
                place = page["next"]
                if not page["items"]:
                    break
            if checkpoint is not None:
                await settled(checkpoint.save(place))
        while not connection.closed.is_rung:
            try:
                async for told, following in _stream_after(connection, name, place, on_open):
                    failures = 0
                    if told is not None:
                        yield told
                    if following is None or following == place:
                        continue
                    place = following
                    if checkpoint is not None:
                        await settled(checkpoint.save(place))
            except (KeepError, KeepUnreachable) as error:
                if isinstance(error, KeepError) and error.status != 503:
                    raise
                if on_problem is not None:
                    on_problem(error)
            await connection.pause(random.random() * min(_longest_pause, 0.5 * 2 ** min(failures, 10)))
            failures += 1
    except ClientClosed:
        pass


async def _page_after(connection: AsyncConnection, profile: str | None, since: str | None) -> ChangePage:
    query = {"profile": profile, "since": since, "limit": 1000}
    while True:
        try:
            page: ChangePage = await connection.ask(Sent("GET", _path, "always", query=query))
            return page
        except KeepError as error:
            # The keep goes on where it was.
            if not error.is_("query-timeout"):
                raise
            wait = 1.0 if error.retry_after is None else error.retry_after
        await connection.pause(wait)


async def _stream_after(
    connection: AsyncConnection,
    profile: str | None,
    since: str | None,
    on_open: Callable[[], None] | None,
) -> AsyncIterator[tuple[Change | None, str | None]]:
    """Changes, each with the place after it; heartbeats have a place alone."""
    query = {"profile": profile, "since": since}
    sent = Sent("GET", _path, "undone", query=query, headers={"accept": "text/event-stream"})
    response = await connection.open(sent, _silence)
    try:
        if on_open is not None:
            on_open()
        parser = ServerSentEvents()
        async for piece in _pieces(response):
            for event in parser.feed(piece):
                if event.type == "end":
                    raise KeepError(json.loads(event.data))
                yield None if event.type == "beat" else json.loads(event.data), event.last_id
    finally:
        await connection.end(response)


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    pieces = response.aiter_bytes()
    while True:
        try:
            piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise KeepUnreachable(f"GET {_path}", error) from error
        yield piece
