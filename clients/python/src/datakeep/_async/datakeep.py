from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from .._outbox_rules import OutboxOptions
from .._outbox_store import MemoryOutbox, OutboxStore
from .._stores import AsyncTokenStore, MemoryTokens, TokenStore
from .._types import Me
from .connection import AsyncConnection, Sent
from .events import AsyncEvents
from .outbox import AsyncOutbox
from .permissions import AsyncPermissions
from .profiles import AsyncProfiles
from .runtime import settled
from .views import AsyncViews


class AsyncDatakeep:
    """One keep, as one app may see it: made by `associate` or `connect`."""

    def __init__(self, connection: AsyncConnection, outbox: OutboxStore | OutboxOptions | None) -> None:
        self._connection = connection
        self._outbox_options = outbox
        self._outbox: AsyncOutbox | None = None
        self._lock = threading.Lock()
        self.profiles = AsyncProfiles(connection)
        self.permissions = AsyncPermissions(connection)
        self.events = AsyncEvents(connection)
        self.views = AsyncViews(connection)

    @classmethod
    async def associate(
        cls,
        *,
        url: str,
        association_token: str,
        name: str,
        origins: Sequence[str] | None = None,
        tokens: TokenStore | AsyncTokenStore | None = None,
        outbox: OutboxStore | OutboxOptions | None = None,
        retries: int = 4,
        timeout: float = 60.0,
        http: httpx.AsyncClient | None = None,
    ) -> Self:
        """Trades the one-time token that the admin made for this app for the app's own token.

        `tokens` keeps it from then on; default: in memory. `name` is the app's, as the admin sees it. `origins`: of
        the web pages that call as this app, such as `https://diary.example`. For the others: `connect`.
        """
        store = MemoryTokens() if tokens is None else tokens
        connection = AsyncConnection(url=url, tokens=store, retries=retries, timeout=timeout, http=http)
        asked: dict[str, object] = {"associationToken": association_token, "name": name}
        if origins is not None:
            asked["origins"] = list(origins)
        try:
            answer = await connection.ask(
                Sent("POST", "/app/v1/association", "undone", json=asked, without_token=True),
            )
            await settled(store.save(answer["token"]))
        except BaseException:
            await connection.close()
            raise
        return cls(connection, outbox)

    @classmethod
    def connect(
        cls,
        *,
        url: str,
        token: str | None = None,
        tokens: TokenStore | AsyncTokenStore | None = None,
        outbox: OutboxStore | OutboxOptions | None = None,
        retries: int = 4,
        timeout: float = 60.0,
        http: httpx.AsyncClient | None = None,
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
        connection = AsyncConnection(url=url, tokens=store, retries=retries, timeout=timeout, http=http, first=first)
        return cls(connection, outbox)

    @property
    def outbox(self) -> AsyncOutbox:
        """Events that are sent as soon as the keep takes them. It sends from the first use on."""
        with self._lock:
            if self._outbox is None:
                given = MemoryOutbox() if self._outbox_options is None else self._outbox_options
                options = given if isinstance(given, OutboxOptions) else OutboxOptions(given)
                self._outbox = AsyncOutbox(self._connection, options)
            return self._outbox

    async def me(self) -> Me:
        """The app itself: its permissions, its view instances, what it has of what it may have."""
        me: Me = await self._connection.ask(Sent("GET", "/app/v1/me", "always"))
        return me

    async def close(self) -> None:
        """Ends the outbox, those who follow changes, and the connections."""
        if self._outbox is not None:
            await self._outbox.close()
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
