"""Where events wait until the keep has them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Literal, NamedTuple, Protocol


class AddedEvent(NamedTuple):
    profile: str
    #: The event as it is sent, JSON.
    event: str


class WaitingEvent(NamedTuple):
    #: Given by the store; a later one is greater.
    id: int
    profile: str
    event: str


class RefusedEvent(NamedTuple):
    id: int
    event: str
    #: Why, JSON.
    reason: str


class OutboxStore(Protocol):
    """Where events wait until the keep has them. Called by several threads.

    - `add` stores all of them or none, and keeps the order of the calls; what it returned for is there after a crash of
      the program.
    - `take` gives the oldest waiting events of one profile: that of the oldest one whose profile is not in `without`.
      They stay until `remove` or `refuse`.
    - `refuse` puts events aside, with a reason, where `take` does not find them; `release` puts them back.
    - What is not there is passed over by every method.
    """

    def add(self, events: Sequence[AddedEvent], /) -> None: ...

    def take(self, limit: int, without: Collection[str], /) -> Sequence[WaitingEvent]: ...

    def remove(self, ids: Sequence[int], /) -> None: ...

    def refuse(self, reasons: Sequence[tuple[int, str]], /) -> None: ...

    def refused(self) -> Sequence[RefusedEvent]: ...

    def release(self, ids: Sequence[int], /) -> None: ...

    def count(self) -> int:
        """Of those that wait."""
        ...

    def close(self) -> None: ...


class MemoryOutbox:
    """In the memory of the program: gone with it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[int, WaitingEvent] = {}
        self._refused: dict[int, tuple[WaitingEvent, str]] = {}
        self._last = 0

    def add(self, events: Sequence[AddedEvent], /) -> None:
        with self._lock:
            for profile, event in events:
                self._last += 1
                self._waiting[self._last] = WaitingEvent(self._last, profile, event)

    def take(self, limit: int, without: Collection[str], /) -> Sequence[WaitingEvent]:
        taken: list[WaitingEvent] = []
        with self._lock:
            for entry in self._waiting.values():
                if entry.profile in without or (taken and taken[0].profile != entry.profile):
                    continue
                taken.append(entry)
                if len(taken) == limit:
                    break
        return taken

    def remove(self, ids: Sequence[int], /) -> None:
        with self._lock:
            for id_ in ids:
                if self._waiting.pop(id_, None) is None:
                    self._refused.pop(id_, None)

    def refuse(self, reasons: Sequence[tuple[int, str]], /) -> None:
        with self._lock:
            for id_, reason in reasons:
                entry = self._waiting.pop(id_, None)
                if entry is not None:
                    self._refused[id_] = (entry, reason)

    def refused(self) -> Sequence[RefusedEvent]:
        with self._lock:
            return [RefusedEvent(entry.id, entry.event, reason) for entry, reason in self._refused.values()]

    def release(self, ids: Sequence[int], /) -> None:
        with self._lock:
            for id_ in ids:
                if id_ in self._refused:
                    self._waiting[id_] = self._refused.pop(id_)[0]
            self._waiting = dict(sorted(self._waiting.items()))

    def count(self) -> int:
        with self._lock:
            return len(self._waiting)

    def close(self) -> None:
        pass


_schema = """
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, profile TEXT NOT NULL, event TEXT NOT NULL, reason TEXT
  );
  CREATE INDEX IF NOT EXISTS waiting ON outbox (profile, id) WHERE reason IS NULL;
  CREATE INDEX IF NOT EXISTS refused ON outbox (id) WHERE reason IS NOT NULL;
"""
_first = (
    "SELECT profile FROM outbox WHERE reason IS NULL AND profile NOT IN (SELECT value FROM json_each(?)) "
    "ORDER BY id LIMIT 1"
)
_those = "id IN (SELECT value FROM json_each(?))"


class SqliteOutbox:
    """In a SQLite file, of the same form as that of the TypeScript client.

    Events survive the death of the program; with `synchronous='full'` a power loss as well, for a sync of the disk at
    each `add`.
    """

    def __init__(self, path: str | os.PathLike[str], *, synchronous: Literal["normal", "full"] = "normal") -> None:
        self._lock = Lock()
        self._database = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._database.executescript(_schema)
        self._database.execute(f"PRAGMA synchronous = {'FULL' if synchronous == 'full' else 'NORMAL'}")

    def add(self, events: Sequence[AddedEvent], /) -> None:
        with self._lock, self._together():
            self._database.executemany("INSERT INTO outbox (profile, event) VALUES (?, ?)", events)

    def take(self, limit: int, without: Collection[str], /) -> Sequence[WaitingEvent]:
        with self._lock:
            oldest = self._database.execute(_first, (json.dumps(list(without)),)).fetchone()
            if oldest is None:
                return []
            rows = self._database.execute(
                "SELECT id, profile, event FROM outbox WHERE reason IS NULL AND profile = ? ORDER BY id LIMIT ?",
                (oldest[0], limit),
            )
            return [WaitingEvent(*row) for row in rows]

    def remove(self, ids: Sequence[int], /) -> None:
        with self._lock:
            self._database.execute(f"DELETE FROM outbox WHERE {_those}", (json.dumps(list(ids)),))

    def refuse(self, reasons: Sequence[tuple[int, str]], /) -> None:
        with self._lock, self._together():
            for id_, reason in reasons:
                self._database.execute("UPDATE outbox SET reason = ? WHERE id = ?", (reason, id_))

    def refused(self) -> Sequence[RefusedEvent]:
        with self._lock:
            rows = self._database.execute("SELECT id, event, reason FROM outbox WHERE reason IS NOT NULL ORDER BY id")
            return [RefusedEvent(*row) for row in rows]

    def release(self, ids: Sequence[int], /) -> None:
        with self._lock:
            self._database.execute(f"UPDATE outbox SET reason = NULL WHERE {_those}", (json.dumps(list(ids)),))

    def count(self) -> int:
        with self._lock:
            return int(self._database.execute("SELECT count(*) FROM outbox WHERE reason IS NULL").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _together(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            # A full disk has ended it already.
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
