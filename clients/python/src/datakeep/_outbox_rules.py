"""What the outboxes of threads and of tasks have in common."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from ._outbox_store import OutboxStore, WaitingEvent
from ._problem import KeepError, KeepUnreachable
from ._types import NewEvent as SentEvent
from ._types import ProblemPlace

batch_events = 1000
_batch_units = 4 * 1024 * 1024
_first_pause = 1.0
_longest_pause = 5 * 60.0


@dataclass(frozen=True)
class OutboxOptions:
    store: OutboxStore
    #: Events that may wait; `add` raises `OutboxFull` beyond.
    limit: int = 100_000
    #: Called when sending has to wait: the keep is away, the app has no right yet, a quota is reached.
    on_problem: Callable[[KeepError | KeepUnreachable], None] | None = None


class Refusal(TypedDict):
    """Why an event is put aside."""

    code: str
    detail: str
    errors: list[ProblemPlace]


class RefusedOutboxEvent(TypedDict):
    id: int
    event: SentEvent
    reason: Refusal


class OutboxFull(Exception):
    """As many events wait as may."""


def pause_after(tries: int) -> float:
    return min(_longest_pause, _first_pause * 2.0 ** min(tries, 20)) * (0.5 + random.random() / 2)


def cut_to_size(entries: Sequence[WaitingEvent]) -> Sequence[WaitingEvent]:
    """As many of the first as go into one request; at least one."""
    units = 0
    for index, entry in enumerate(entries):
        units += len(entry.event)
        if units > _batch_units and index > 0:
            return entries[:index]
    return entries


def set_aside(entries: Sequence[WaitingEvent], error: KeepError) -> list[tuple[int, str]]:
    """Which of a refused batch are refused, and why; none where that cannot be told."""
    named = sorted({place["index"] for place in error.errors if "index" in place})
    if not named:
        return [(entries[0].id, _reason(error, list(error.errors)))] if len(entries) == 1 else []
    return [
        (entries[index].id, _reason(error, [place for place in error.errors if place.get("index") == index]))
        for index in named
        if index < len(entries)
    ]


def _reason(error: KeepError, errors: list[ProblemPlace]) -> str:
    return json.dumps({"code": error.code, "detail": error.detail, "errors": errors})
