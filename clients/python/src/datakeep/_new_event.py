"""An event as the caller has it, and as it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NotRequired, TypeAlias, TypedDict
from uuid import uuid4

from ._types import NewEvent as SentEvent
from ._types import NewEventMetadata, Profile

#: A profile, or its name.
ProfileRef: TypeAlias = Profile | str


class NewEvent(TypedDict):
    profile: ProfileRef
    payload: Mapping[str, Any]
    #: When it happened; default: when the keep gets it. A `datetime` needs its zone.
    createdDate: NotRequired[str | datetime]
    #: 1 to 200 characters, by which the keep stores it once, however often it is sent. Default: a random one, so that
    #: the client can repeat the request.
    identifier: NotRequired[str]


def name_of(profile: ProfileRef) -> str:
    return profile if isinstance(profile, str) else profile["name"]


def sent_event(event: NewEvent) -> SentEvent:
    metadata: NewEventMetadata = {
        "profile": name_of(event["profile"]),
        "identifier": event.get("identifier") or str(uuid4()),
    }
    created = event.get("createdDate")
    if created is not None:
        metadata["createdDate"] = created if isinstance(created, str) else _date_text(created)
    return {"metadata": metadata, "payload": dict(event["payload"])}


def _date_text(date: datetime) -> str:
    if date.tzinfo is None:
        raise ValueError(f"createdDate {date!r} has no time zone: give it one, such as datetime.now(timezone.utc).")
    return date.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
