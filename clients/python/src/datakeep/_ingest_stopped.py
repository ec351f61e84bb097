from __future__ import annotations

from typing import TypedDict

from ._problem import Copied, KeepError, KeepUnreachable


class IngestSummary(TypedDict):
    #: Events that the keep has read.
    lines: int
    accepted: int
    duplicates: int


class IngestStopped(Copied):
    """The first events are stored, and from `line` (from 1) on none. `cause` is why."""

    cause: KeepError | KeepUnreachable
    stored: IngestSummary
    line: int | None

    def __init__(self, cause: KeepError | KeepUnreachable, stored: IngestSummary, line: int | None = None) -> None:
        super().__init__(f"After {stored['lines']} events: {cause}")
        self.cause = cause
        self.stored = stored
        self.line = line
