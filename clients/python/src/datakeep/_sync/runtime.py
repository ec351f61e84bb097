"""What differs between threads and asyncio; `_async/runtime.py` is its like."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from weakref import WeakSet

import httpx

T = TypeVar("T")
Lock = threading.Lock


def each(values: Iterable[T]) -> Iterable[T]:
    return values


def end_stream(response: httpx.Response) -> None:
    """Ends a body that another thread reads."""
    connected = _socket_of(response.extensions.get("network_stream"))
    if connected is not None:
        _shut_down(connected)


class Sockets:
    """Of requests under way in other threads, for their end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connected: WeakSet[socket.socket] = WeakSet()
        self._has_ended = False
        #: https://www.encode.io/httpcore/extensions/#trace
        self.extensions: Mapping[str, Any] = {"trace": self._note}

    def _note(self, _event: str, details: Mapping[str, Any]) -> None:
        connected = _socket_of(details.get("return_value"))
        if connected is None:
            return
        with self._lock:
            self._connected.add(connected)
            has_ended = self._has_ended
        if has_ended:
            _shut_down(connected)

    def end(self) -> None:
        with self._lock:
            self._has_ended = True
            connected = list(self._connected)
        for each_socket in connected:
            _shut_down(each_socket)


def _socket_of(stream: Any) -> socket.socket | None:
    """Of a network stream of httpcore; None where it is something else, or has none."""
    connected = stream.get_extra_info("socket") if hasattr(stream, "get_extra_info") else None
    return connected if isinstance(connected, socket.socket) else None


def _shut_down(connected: socket.socket) -> None:
    """Closing a socket does not wake its reader, shutting it down does."""
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It has ended by itself.
        pass


class Bell:
    """Wakes who waits for it, from when it is rung until it is quiet."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def is_rung(self) -> bool:
        return self._event.is_set()

    def ring(self) -> None:
        self._event.set()

    def quiet(self) -> None:
        self._event.clear()

    def wait(self, seconds: float | None) -> None:
        """So long at most; None: without end."""
        self._event.wait(seconds)


class Worker:
    """Work in the background, which does not keep the program from ending."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name="datakeep-outbox", daemon=True)
        self._thread.start()

    def end(self) -> None:
        if self._thread is not threading.current_thread():
            self._thread.join()
