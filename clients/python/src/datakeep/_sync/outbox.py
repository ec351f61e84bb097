# Made from ../_async/outbox.py by scripts/generated-types.ts.
from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from .._new_event import NewEvent, sent_event
from .._outbox_rules import (
    OutboxFull,
    OutboxOptions,
    RefusedOutboxEvent,
    batch_events,
    cut_to_size,
    pause_after,
    set_aside,
)
from .._outbox_store import AddedEvent, WaitingEvent
from .._problem import ClientClosed, KeepError, KeepUnreachable
from .._types import NewEvent as SentEvent
from .connection import Connection, Sent
from .runtime import Bell, Worker


class _Flush:
    def __init__(self) -> None:
        self._done = Bell()
        self._error: BaseException | None = None

    def settle(self, error: BaseException | None) -> None:
        self._error = error
        self._done.ring()

    def settled(self) -> None:
        self._done.wait(None)
        if self._error is not None:
            raise self._error


class Outbox:
    """Events that are sent as soon as the keep takes them.

    In batches, in the order in which they were added to a profile, across restarts of the program as its store does. An
    event that the keep refuses is put aside with the reason.
    """

    def __init__(self, connection: Connection, options: OutboxOptions) -> None:
        self._connection = connection
        self._store = options.store
        self._limit = options.limit
        self._on_problem = options.on_problem
        #: Never held while something is awaited.
        self._lock = threading.Lock()
        self._waiting = self._store.count()
        #: Profiles that wait for a right: until when, and after how many tries.
        self._paused: dict[str, tuple[float, int]] = {}
        self._flushes: list[_Flush] = []
        self._ended: BaseException | None = None
        self._closing = Bell()
        #: Something was added or asked for since the sender looked last.
        self._news = Bell()
        #: A flush or the end came while the sender waited for the keep.
        self._hurry = Bell()
        self._sender = Worker(self._work)

    def add(self, *events: NewEvent) -> None:
        """Returns when the store has them, all or none. `createdDate` is now where none is given."""
        now = datetime.now(UTC)
        added = [_added({"createdDate": now, **event}) for event in events]
        with self._lock:
            if self._ended is not None:
                raise self._ended.with_traceback(None)
            if self._waiting + len(added) > self._limit:
                raise OutboxFull(f"{self._waiting} events wait for the keep, and at most {self._limit} may.")
            self._store.add(added)
            self._waiting += len(added)
        self._news.ring()

    def flush(self) -> None:
        """Returns when the keep has everything that can be sent.

        Raises what is in the way, and then what waits goes on waiting.
        """
        flush = _Flush()
        with self._lock:
            if self._ended is not None:
                raise self._ended.with_traceback(None)
            self._paused.clear()
            self._flushes.append(flush)
        self._news.ring()
        self._hurry.ring()
        flush.settled()

    def pending(self) -> int:
        """How many events wait."""
        return self._store.count()

    def waiting(self) -> list[SentEvent]:
        """The events that wait, each as it is sent; of each profile the oldest 1,000."""
        found: list[SentEvent] = []
        profiles: list[str] = []
        while entries := self._store.take(batch_events, profiles):
            profiles.append(entries[0].profile)
            found.extend(json.loads(one.event) for one in entries)
        return found

    def refused(self) -> list[RefusedOutboxEvent]:
        return [
            {"id": one.id, "event": json.loads(one.event), "reason": json.loads(one.reason)}
            for one in self._store.refused()
        ]

    def retry(self, *ids: int) -> None:
        """Sends events once more that were put aside."""
        with self._lock:
            self._store.release(ids)
            self._waiting = self._store.count()
        self._news.ring()

    def discard(self, *ids: int) -> None:
        with self._lock:
            self._store.remove(ids)
            self._waiting = self._store.count()

    def close(self) -> None:
        """Ends sending and closes the store. What waits is sent by the next outbox on it."""
        self._settle(ClientClosed(), is_end=True)
        self._closing.ring()
        self._news.ring()
        self._hurry.ring()
        self._sender.end()
        self._store.close()

    def _work(self) -> None:
        try:
            self._send()
        except ClientClosed:
            pass
        except Exception as error:  # noqa: BLE001
            # Such as a disk that is full: it is told to who adds or flushes.
            self._settle(error, is_end=True)

    def _send(self) -> None:
        failures = 0
        while not self._closing.is_rung:
            self._news.quiet()
            now = time.monotonic()
            due = self._due(now)
            with self._lock:
                # Those that come while the store is read may be about what was added meanwhile.
                flushes = len(self._flushes)
            entries = cut_to_size(self._store.take(batch_events, due.keys()))
            if not entries:
                if not due:
                    self._settle(None, flushes)
                self._news.wait(min(due.values()) - now if due else None)
                continue
            profile = entries[0].profile
            try:
                self._deliver(entries)
                with self._lock:
                    self._paused.pop(profile, None)
                failures = 0
            except (KeepError, KeepUnreachable) as error:
                is_of_profile = isinstance(error, KeepError) and error.status == 403
                if is_of_profile:
                    self._pause(profile)
                self._tell(error)
                if is_of_profile:
                    continue
                failures += 1
                asked = error.retry_after or 0.0 if isinstance(error, KeepError) else 0.0
                self._back_off(max(asked, pause_after(failures)))

    def _deliver(self, entries: Sequence[WaitingEvent]) -> None:
        """Sends them, apart where they are too large together. Raises what is not about one of them."""
        sent = Sent(
            "POST",
            "/app/v1/events",
            "always",
            json={"events": [json.loads(entry.event) for entry in entries]},
            headers={"prefer": "return=minimal"},
            until=self._closing,
        )
        try:
            self._connection.ask(sent)
        except KeepError as error:
            if error.status not in (400, 409, 413, 422):
                raise
            reasons = set_aside(entries, error)
            if reasons:
                with self._lock:
                    self._store.refuse(reasons)
                    self._waiting = max(0, self._waiting - len(reasons))
                return
            if len(entries) == 1:
                raise
        else:
            with self._lock:
                self._store.remove([entry.id for entry in entries])
                self._waiting = max(0, self._waiting - len(entries))
            return
        half = (len(entries) + 1) // 2
        self._deliver(entries[:half])
        self._deliver(entries[half:])

    def _due(self, now: float) -> dict[str, float]:
        with self._lock:
            return {profile: until for profile, (until, _) in self._paused.items() if until > now}

    def _pause(self, profile: str) -> None:
        with self._lock:
            tries = self._paused.get(profile, (0.0, 0))[1] + 1
            self._paused[profile] = (time.monotonic() + 10 * pause_after(tries), tries)

    def _tell(self, problem: KeepError | KeepUnreachable) -> None:
        self._settle(problem)
        if self._on_problem is not None:
            self._on_problem(problem)

    def _settle(self, error: BaseException | None, first: int | None = None, *, is_end: bool = False) -> None:
        """Settles so many flushes, the oldest ones; None: all."""
        with self._lock:
            flushes = self._flushes[:first]
            del self._flushes[:first]
            if is_end:
                self._ended = error
        for flush in flushes:
            flush.settle(error)

    def _back_off(self, seconds: float) -> None:
        """So long, whatever is added; a flush and the end come at once."""
        self._hurry.quiet()
        with self._lock:
            if self._flushes:
                return
        if not self._closing.is_rung:
            self._hurry.wait(seconds)


def _added(event: NewEvent) -> AddedEvent:
    sent = sent_event(event)
    text = json.dumps(sent, allow_nan=False, ensure_ascii=False)
    # Raises for half a surrogate pair, which could be stored here and never sent.
    text.encode()
    return AddedEvent(sent["metadata"]["profile"], text)
