"""What differs between threads and asyncio; `_async/runtime.py` is its like."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

import httpx

T = TypeVar("T")
Lock = threading.Lock


def each(values: Iterable[T]) -> Iterable[T]:
    return values


def end_stream(response: httpx.Response) -> None:
    """Ends a body that another thread reads: closing a socket does not wake its reader, shutting it down does."""
    stream = response.extensions.get("network_stream")
    connected = stream.get_extra_info("socket") if stream is not None else None
    if isinstance(connected, socket.socket):
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
