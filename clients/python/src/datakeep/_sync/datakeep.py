# Made from ../_async/datakeep.py by scripts/generated-types.ts.
from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from .._outbox_rules import OutboxOptions
from .._outbox_store import MemoryOutbox, OutboxStore
from .._stores import MemoryTokens, TokenStore
from .._types import Me
from .connection import Connection, Sent
from .events import Events
from .outbox import Outbox
from .permissions import Permissions
from .profiles import Profiles
from .views import Views


class Datakeep:
    """One keep, as one app may see it: made by `associate` or `connect`."""

    def __init__(self, connection: Connection, outbox: OutboxStore | OutboxOptions | None) -> None:
        self._connection = connection
        self._outbox_options = outbox
        self._outbox: Outbox | None = None
        self._lock = threading.Lock()
        self.profiles = Profiles(connection)
        self.permissions = Permissions(connection)
        self.events = Events(connection)
        self.views = Views(connection)

    @classmethod
    def associate(
        cls,
        *,
        url: str,
        association_token: str,
        name: str,
        origins: Sequence[str] | None = None,
        tokens: TokenStore | None = None,
        outbox: OutboxStore | OutboxOptions | None = None,
        retries: int = 4,
        timeout: float = 60.0,
        http: httpx.Client | None = None,
    ) -> Self:
        """Trades the one-time token that the admin made for this app for the app's own token.

        `tokens` keeps it from then on; default: in memory. `name` is the app's, as the admin sees it. `origins`: of
        the web pages that call as this app, such as `https://diary.example`. For the others: `connect`.
        """
        store = MemoryTokens() if tokens is None else tokens
        connection = Connection(url=url, tokens=store, retries=retries, timeout=timeout, http=http)
        asked: dict[str, object] = {"associationToken": association_token, "name": name}
        if origins is not None:
            asked["origins"] = list(origins)
        try:
            answer = connection.ask(
                Sent("POST", "/app/v1/association", "undone", json=asked, without_token=True),
            )
            store.save(answer["token"])
        except BaseException:
            connection.close()
            raise
        return cls(connection, outbox)

    @classmethod
    def connect(
        cls,
        *,
        url: str,
        token: str | None = None,
        tokens: TokenStore | None = None,
        outbox: OutboxStore | OutboxOptions | None = None,
        retries: int = 4,
        timeout: float = 60.0,
        http: httpx.Client | None = None,
    ) -> Self:
        """An app that is associated already. Nothing is sent before it is needed.

        `token`: the app's, where `tokens` has none yet. `outbox`: default: in memory. `retries`: how often a request
        that can be repeated is sent again. `timeout`: seconds for which the keep may be silent before it answers, and
        in its answer. `http`: the client to send with, which is then not closed.
        """
        if token is None and tokens is None:
            raise ValueError("Give a token, or a store that has one.")
        store = MemoryTokens(token) if tokens is None else tokens
        first = token if tokens is not None else None
        connection = Connection(url=url, tokens=store, retries=retries, timeout=timeout, http=http, first=first)
        return cls(connection, outbox)

    @property
    def outbox(self) -> Outbox:
        """Events that are sent as soon as the keep takes them. It sends from the first use on."""
        with self._lock:
            if self._outbox is None:
                given = MemoryOutbox() if self._outbox_options is None else self._outbox_options
                options = given if isinstance(given, OutboxOptions) else OutboxOptions(given)
                self._outbox = Outbox(self._connection, options)
            return self._outbox

    def me(self) -> Me:
        """The app itself: its permissions, its view instances, what it has of what it may have."""
        me: Me = self._connection.ask(Sent("GET", "/app/v1/me", "always"))
        return me

    def close(self) -> None:
        """Ends the outbox, those who follow changes, and the connections."""
        if self._outbox is not None:
            self._outbox.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
