# Made from ../_async/profiles.py by scripts/generated-types.ts.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from .._types import Profile
from .connection import Connection, Sent
from .list import List, listed


class Profiles:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, name: str, schema: Mapping[str, Any]) -> Profile:
        """Registers a JSON Schema (draft 2020-12) by a name such as `diary.example/note`.

        The same again does nothing; another schema by a name that is taken is `profile-differs`.
        """
        profile = {"name": name, "schema": schema}
        self._connection.ask(Sent("POST", "/app/v1/profiles", "always", json=profile))
        return cast(Profile, profile)

    def register_from_library(self, name: str) -> Profile:
        """Registers a profile of the keep's library by its name alone, such as `library/note`."""
        profile: Profile = self._connection.ask(Sent("POST", "/app/v1/profiles", "always", json={"name": name}))
        return profile

    def get(self, name: str) -> Profile:
        profile: Profile = self._connection.ask(Sent("GET", f"/app/v1/profiles/{quote(name, safe='')}", "always"))
        return profile

    def list(self, *, page_size: int | None = None, limit: int | None = None) -> List[Profile]:
        return listed(self._connection, "/app/v1/profiles", page_size, limit)
