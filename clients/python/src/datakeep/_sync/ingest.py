# Made from ../_async/ingest.py by scripts/generated-types.ts.
from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from .._ingest_stopped import IngestStopped, IngestSummary
from .._new_event import NewEvent, sent_event
from .._problem import KeepError, KeepUnreachable
from .._types import NewEvent as SentEvent
from .connection import Connection, Sent
from .runtime import each

#: As the keep itself takes a stream apart.
_batch_events = 1000
_batch_units = 4 * 1024 * 1024


def ingest(
    connection: Connection,
    events: Iterable[NewEvent],
    on_progress: Callable[[IngestSummary], None] | None,
) -> IngestSummary:
    """One request for each batch.

    Not one stream: httpx reads nothing of an answer before the whole body is sent, and would hear of a refusal too
    late.
    """
    stored: IngestSummary = {"lines": 0, "accepted": 0, "duplicates": 0}
    batch: list[SentEvent] = []
    units = 0
    for event in each(events):
        sent = sent_event(event)
        length = len(json.dumps(sent))
        if batch and (len(batch) == _batch_events or units + length > _batch_units):
            stored = _send(connection, batch, stored, on_progress)
            batch, units = [], 0
        batch.append(sent)
        units += length
    return _send(connection, batch, stored, on_progress) if batch else stored


def _send(
    connection: Connection,
    batch: list[SentEvent],
    stored: IngestSummary,
    on_progress: Callable[[IngestSummary], None] | None,
) -> IngestSummary:
    try:
        stored = _store(connection, batch, stored)
    except (KeepError, KeepUnreachable) as error:
        indexes = [place["index"] for place in error.errors if "index" in place] if isinstance(error, KeepError) else []
        if not indexes:
            raise IngestStopped(error, stored) from error
        bad = min(indexes)
        line = stored["lines"] + bad + 1
        # A batch is stored whole or not at all; of a stream, what comes before the refused line is stored.
        if bad > 0:
            try:
                stored = _store(connection, batch[:bad], stored)
            except (KeepError, KeepUnreachable) as second:
                raise IngestStopped(second, stored) from second
        raise IngestStopped(error, stored, line) from error
    if on_progress is not None:
        on_progress(stored)
    return stored


def _store(connection: Connection, batch: list[SentEvent], stored: IngestSummary) -> IngestSummary:
    answer = connection.ask(
        Sent("POST", "/app/v1/events", "always", json={"events": batch}, headers={"prefer": "return=minimal"}),
    )
    return {
        "lines": stored["lines"] + len(batch),
        "accepted": stored["accepted"] + answer["accepted"],
        "duplicates": stored["duplicates"] + answer["duplicates"],
    }
