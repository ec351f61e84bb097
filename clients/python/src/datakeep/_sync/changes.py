# Made from ../_async/changes.py by scripts/generated-types.ts.
from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator, Iterator

import httpx

from .._new_event import ProfileRef, name_of
from .._problem import ClientClosed, KeepError, KeepUnreachable
from .._server_sent_events import ServerSentEvents
from .._stores import Checkpoint
from .._types import Change, ChangePage
from .connection import Connection, Sent

_path = "/app/v1/events/changes"
#: Seconds. The keep sends something every 15.
_silence = 45.0
_longest_pause = 15.0


def follow_changes(
    connection: Connection,
    profile: ProfileRef | None,
    since: str | None,
    checkpoint: Checkpoint | None,
    on_open: Callable[[], None] | None = None,
    on_problem: Callable[[KeepError | KeepUnreachable], None] | None = None,
) -> Generator[Change, None, None]:
    """Follows the change feed until the client is closed.

    Connections that break, and a keep that starts anew, are waited for without end; a right that is gone, and a place
    that is too old (`changes-gone`), raise.
    """
    name = None if profile is None else name_of(profile)
    saved = None if checkpoint is None else checkpoint.load()
    begin = saved or since or "now"
    place = None if begin in ("now", "start") else begin
    failures = 0
    try:
        if begin == "start":
            while True:
                page = _page_after(connection, name, place)
                for change in page["items"]:
                    yield change
                    if checkpoint is not None:
                        checkpoint.save(change["place"])
                place = page["next"]
                if not page["items"]:
                    break
            if checkpoint is not None:
                checkpoint.save(place)
        while not connection.closed.is_rung:
            try:
                for told, following in _stream_after(connection, name, place, on_open):
                    failures = 0
                    if told is not None:
                        yield told
                    if following is None or following == place:
                        continue
                    place = following
                    if checkpoint is not None:
                        checkpoint.save(place)
            except (KeepError, KeepUnreachable) as error:
                if isinstance(error, KeepError) and error.status != 503:
                    raise
                if on_problem is not None:
                    on_problem(error)
            connection.pause(random.random() * min(_longest_pause, 0.5 * 2 ** min(failures, 10)))
            failures += 1
    except ClientClosed:
        pass


def _page_after(connection: Connection, profile: str | None, since: str | None) -> ChangePage:
    query = {"profile": profile, "since": since, "limit": 1000}
    while True:
        try:
            page: ChangePage = connection.ask(Sent("GET", _path, "always", query=query))
            return page
        except KeepError as error:
            # The keep goes on where it was.
            if not error.is_("query-timeout"):
                raise
            wait = 1.0 if error.retry_after is None else error.retry_after
        connection.pause(wait)


def _stream_after(
    connection: Connection,
    profile: str | None,
    since: str | None,
    on_open: Callable[[], None] | None,
) -> Iterator[tuple[Change | None, str | None]]:
    """Changes, each with the place after it; heartbeats have a place alone."""
    query = {"profile": profile, "since": since}
    sent = Sent("GET", _path, "undone", query=query, headers={"accept": "text/event-stream"})
    response = connection.open(sent, _silence)
    try:
        if on_open is not None:
            on_open()
        parser = ServerSentEvents()
        for piece in _pieces(response):
            for event in parser.feed(piece):
                if event.type == "end":
                    raise KeepError(json.loads(event.data))
                yield None if event.type == "beat" else json.loads(event.data), event.last_id
    finally:
        connection.end(response)


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    pieces = response.iter_bytes()
    while True:
        try:
            piece = next(pieces)
        except StopIteration:
            return
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise KeepUnreachable(f"GET {_path}", error) from error
        yield piece
