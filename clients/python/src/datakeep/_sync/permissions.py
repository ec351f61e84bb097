# Made from ../_async/permissions.py by scripts/generated-types.ts.
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from urllib.parse import quote

from .._new_event import ProfileRef, name_of
from .._rights import GrantedRights, Right, granted_rights, rights_to_ask
from .._types import Permission
from .connection import Connection, Sent
from .list import List, listed

#: Seconds between looks at a request that waits: the first, the longest.
_first_look = 1.0
_longest_look = 10.0


class Permissions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ensure(
        self,
        *,
        profile: ProfileRef,
        rights: Sequence[Right],
        message: str,
        again: bool = False,
        timeout: float | None = None,
        on_waiting: Callable[[], None] | None = None,
    ) -> GrantedRights:
        """Asks for the rights that the app does not have yet, once, and returns when the admin has decided.

        That may be hours later; after `timeout` seconds it raises TimeoutError, and the request stays. To be called at
        each start: what was granted returns at once, what waits is waited for, and what was denied or revoked is not
        asked for again but with `again`. `message` is for the admin: what the app does with it. `on_waiting` is called
        where the admin has yet to decide, once the request is there.
        """
        ends = None if timeout is None else time.monotonic() + timeout
        name = name_of(profile)
        known = [one for one in self.list() if one["profile"] == name and "viewInstanceId" not in one]
        to_ask = rights_to_ask(known, rights, again)
        if to_ask:
            known.append(self.request(profile=profile, rights=to_ask, message=message))
        if on_waiting is not None and any(_is_waited(one, rights) for one in known):
            on_waiting()
        decided = [self._decided(one, rights, ends) for one in known]
        return granted_rights(decided, rights)

    def request(self, *, profile: ProfileRef, rights: Sequence[Right], message: str) -> Permission:
        """Asks for rights and does not wait. What waits with the same words is not asked twice."""
        wanted = {"profile": name_of(profile), "rights": list(rights), "message": message}
        permission: Permission = self._connection.ask(Sent("POST", "/app/v1/permissions", "always", json=wanted))
        return permission

    def give_up(self, id: str) -> None:
        """Withdraws a request that waits, or gives up what was granted."""
        self._connection.ask(Sent("DELETE", f"/app/v1/permissions/{quote(id, safe='')}", "undone"))

    def get(self, id: str) -> Permission:
        path = f"/app/v1/permissions/{quote(id, safe='')}"
        permission: Permission = self._connection.ask(Sent("GET", path, "always"))
        return permission

    def list(self, *, page_size: int | None = None, limit: int | None = None) -> List[Permission]:
        return listed(self._connection, "/app/v1/permissions", page_size, limit)

    def _decided(self, permission: Permission, rights: Sequence[Right], ends: float | None) -> Permission:
        """The permission once it is decided, where it is about these rights."""
        look = _first_look
        while _is_waited(permission, rights):
            if ends is not None and time.monotonic() >= ends:
                raise TimeoutError(f"The rights on {permission['profile']} are not decided yet.")
            self._connection.pause(look if ends is None else min(look, max(0.0, ends - time.monotonic())))
            look = min(look * 1.5, _longest_look)
            permission = self.get(permission["id"])
        return permission


def _is_waited(permission: Permission, rights: Sequence[Right]) -> bool:
    return permission["status"] == "pending" and any(right in rights for right in permission["requested"])
