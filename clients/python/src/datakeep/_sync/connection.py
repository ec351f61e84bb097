# Made from ../_async/connection.py by scripts/generated-types.ts.
"""Requests to one keep with one app's token."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from .._problem import ClientClosed, KeepError, KeepUnreachable, error_of
from .._retry import Repeatable, wait_before
from .._stores import TokenStore, is_due_for_renewal
from .runtime import Bell, Lock, Sockets, end_stream


@dataclass(frozen=True)
class Sent:
    method: Literal["GET", "POST", "PUT", "DELETE"]
    #: Begins with `/`.
    path: str
    repeatable: Repeatable
    query: Mapping[str, str | int | None] = field(default_factory=dict)
    #: Sent as JSON, where it is not None.
    json: object = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    #: Seconds beyond `timeout`.
    extra: float = 0
    without_token: bool = False
    #: Ends the repeating; default: the end of the client.
    until: Bell | None = None


class Connection:
    def __init__(
        self,
        *,
        url: str,
        tokens: TokenStore,
        retries: int,
        timeout: float,
        http: httpx.Client | None,
        first: str | None = None,
    ) -> None:
        base = httpx.URL(url).copy_with(query=None, fragment=None)
        if base.scheme not in ("http", "https") or not base.host:
            raise ValueError(f"{url!r} is no address of a keep, such as https://keep.example.")
        self._base = str(base).rstrip("/")
        self._tokens = tokens
        #: As long as the store has none.
        self._first = first
        self._retries = retries
        self._timeout = timeout
        self._owns_http = http is None
        self._http = http or httpx.Client()
        self._renewing = Lock()
        self._streams: set[httpx.Response] = set()
        self._sockets = Sockets()
        self.closed = Bell()

    def ask(self, sent: Sent) -> Any:
        """The parsed JSON of the answer; None where it has none."""
        response = self._repeated(sent)
        try:
            return response.json() if response.content else None
        except ValueError as error:
            raise KeepUnreachable(f"{sent.method} {sent.path}", error) from error

    def open(self, sent: Sent, silence: float) -> httpx.Response:
        """The answer with its body unread, in which nothing may come for so many seconds. To be given to `end`."""
        response = self._repeated(sent, httpx.Timeout(self._timeout, read=silence))
        self._streams.add(response)
        if self.closed.is_rung:
            # It was closed before the stream was there to be ended.
            self.end(response)
            raise ClientClosed
        return response

    def end(self, response: httpx.Response) -> None:
        self._streams.discard(response)
        response.close()

    def pause(self, seconds: float, until: Bell | None = None) -> None:
        bell = until or self.closed
        bell.wait(seconds)
        if bell.is_rung:
            raise ClientClosed

    def close(self) -> None:
        self.closed.ring()
        for response in list(self._streams):
            end_stream(response)
        if self._owns_http:
            self._sockets.end()
            self._http.close()

    def _repeated(self, sent: Sent, stream: httpx.Timeout | None = None) -> httpx.Response:
        attempt = 0
        while True:
            try:
                return self._once(sent, stream)
            except Exception as error:
                wait = wait_before(error, attempt, sent.repeatable) if attempt < self._retries else None
                if wait is None:
                    raise
            self.pause(wait, sent.until)
            attempt += 1

    def _once(self, sent: Sent, stream: httpx.Timeout | None) -> httpx.Response:
        authorization = None if sent.without_token else f"Bearer {self._token()}"
        headers = {
            "accept": "application/json",
            "authorization": authorization,
            "content-type": None if sent.json is None else "application/json",
            **sent.headers,
        }
        request = self._http.build_request(
            sent.method,
            self._base + sent.path,
            params={name: value for name, value in sent.query.items() if value is not None} or None,
            content=None if sent.json is None else json.dumps(sent.json, allow_nan=False, ensure_ascii=False).encode(),
            headers={name: value for name, value in headers.items() if value is not None},
            timeout=stream or self._timeout + sent.extra,
            extensions=self._sockets.extensions if self._owns_http else None,
        )
        if self.closed.is_rung:
            raise ClientClosed
        try:
            response = self._http.send(request, stream=stream is not None)
            if not response.is_success:
                response.read()
        except (httpx.RequestError, RuntimeError) as error:
            # httpx has a RuntimeError for a client that another closed.
            if self.closed.is_rung:
                raise ClientClosed from error
            if isinstance(error, RuntimeError):
                raise
            raise KeepUnreachable(f"{sent.method} {sent.path}", error) from error
        if not response.is_success:
            raise error_of(response.status_code, response.reason_phrase, response.headers, response.content)
        return response

    def _token(self) -> str:
        token = self._loaded()
        if not is_due_for_renewal(token, time.time()):
            return token
        with self._renewing:
            current = self._loaded()
            if current != token:
                # Another has renewed it meanwhile.
                return current
            # The former token works for a day more, so a renewal that fails is tried again by the next request.
            try:
                answer = self.ask(
                    Sent(
                        "POST",
                        "/app/v1/token/renew",
                        "undone",
                        headers={"authorization": f"Bearer {token}"},
                        without_token=True,
                    ),
                )
            except (KeepError, KeepUnreachable):
                return token
            self._tokens.save(answer["token"])
            return str(answer["token"])

    def _loaded(self) -> str:
        token = self._tokens.load() or self._first
        if token is None:
            raise ValueError("There is no token: associate the app first (Datakeep.associate).")
        return token
