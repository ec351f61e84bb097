# Made from ../_async/events.py by scripts/generated-types.ts.
from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .._ingest_stopped import IngestSummary
from .._new_event import NewEvent, ProfileRef, name_of, sent_event
from .._problem import KeepError, KeepUnreachable
from .._stores import Checkpoint
from .._types import Change, Event, Filter, GroupKey, Groups, GroupSortKey, Ingest, Measure, SortKey
from .changes import follow_changes
from .connection import Connection, Sent
from .ingest import ingest
from .list import List, Page


class Events:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, events: Sequence[NewEvent]) -> Ingest:
        """Stores 1 to 1,000 events, all of them or none. For more: `ingest`."""
        batch = {"events": [sent_event(event) for event in events]}
        answer: Ingest = self._connection.ask(Sent("POST", "/app/v1/events", "always", json=batch))
        return answer

    def ingest(
        self,
        events: Iterable[NewEvent],
        *,
        on_progress: Callable[[IngestSummary], None] | None = None,
    ) -> IngestSummary:
        """Stores any number of events, as they come, in a memory that does not grow with them."""
        return ingest(self._connection, events, on_progress)

    def query(
        self,
        *,
        profile: ProfileRef,
        filter: Filter | None = None,
        sort: Sequence[SortKey] | None = None,
        fields: Sequence[str] | None = None,
        page_size: int | None = None,
        limit: int | None = None,
    ) -> List[Event]:
        """Events by a query (docs/query-language.md); newest first, where no `sort` is given."""
        query = _given({"profile": name_of(profile), "filter": filter, "sort": sort, "fields": fields})

        def read(cursor: str | None, size: int) -> Page[Event]:
            asked = {**query, "limit": size, "cursor": cursor}
            page: Page[Event] = self._connection.ask(Sent("POST", "/app/v1/events/query", "always", json=asked))
            return page

        return List(read, page_size, limit)

    def aggregate(
        self,
        *,
        profile: ProfileRef,
        measures: Mapping[str, Measure],
        filter: Filter | None = None,
        group_by: Sequence[GroupKey] | None = None,
        sort: Sequence[GroupSortKey] | None = None,
        limit: int | None = None,
    ) -> Groups:
        asked = _given(
            {
                "profile": name_of(profile),
                "measures": measures,
                "filter": filter,
                "groupBy": group_by,
                "sort": sort,
                "limit": limit,
            },
        )
        groups: Groups = self._connection.ask(Sent("POST", "/app/v1/events/aggregate", "always", json=asked))
        return groups

    def get(self, id: str) -> Event:
        event: Event = self._connection.ask(Sent("GET", _path(id), "always"))
        return event

    def modify(self, id: str, payload: Mapping[str, Any], *, version: int | None = None) -> Event:
        """Puts another payload in the place of the stored one; with `version`, only if it still has that one."""
        headers = {"if-match": "*" if version is None else f'"{version}"'}
        # After the first time it would have another version.
        sent = Sent("PUT", _path(id), "undone", json={"payload": payload}, headers=headers)
        event: Event = self._connection.ask(sent)
        return event

    def delete(self, id: str, *, version: int | None = None) -> None:
        """With `version`, only if it still has that one; else `version-mismatch`."""
        headers = {"if-match": None if version is None else f'"{version}"'}
        self._connection.ask(Sent("DELETE", _path(id), "undone", headers=headers))

    def changes(
        self,
        *,
        profile: ProfileRef | None = None,
        since: str | None = None,
        checkpoint: Checkpoint | None = None,
        on_open: Callable[[], None] | None = None,
        on_problem: Callable[[KeepError | KeepUnreachable], None] | None = None,
    ) -> Generator[Change, None, None]:
        """What is created, modified and deleted, in commit order, across cut connections, until the client is closed.

        Of every profile that the app may read, where none is given. `since`: `start`: first what is there; `now`: what
        comes; or a place; default: the checkpoint's, else `now`. The checkpoint is saved when the loop asks for the
        next change, so that one that was not finished comes again. `on_open` is called each time the stream is open,
        `on_problem` when it broke off or could not be opened; it is opened again by itself.
        """
        return follow_changes(self._connection, profile, since, checkpoint, on_open, on_problem)


def _given(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def _path(id: str) -> str:
    return f"/app/v1/events/{quote(id, safe='')}"
