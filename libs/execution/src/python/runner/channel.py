"""The child's side of the channel: calls out and answers in, for plain code, threads and coroutines alike."""

import itertools
import json
import os
import socket
import threading

import frames


class Refused(Exception):
    """The supervisor's `refusal`: `code` and `message` of the problem."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Channel:
    def __init__(self, number):
        self._socket = socket.socket(fileno=number)
        self._buffer = bytearray()
        self._ids = itertools.count(1)
        # Call ids with what takes their answer.
        self._open = {}
        self._reading = threading.RLock()
        self._writing = threading.Lock()

    def first(self):
        """The frame that starts the run: its id and its body."""
        header = frames.read_exactly(self._socket, frames.HEADER.size)
        length, _, number = frames.HEADER.unpack(header)
        return number, frames.read_exactly(self._socket, length)

    def send(self, kind, number, *parts):
        with self._writing:
            self._socket.sendall(frames.encode(kind, number, *parts))

    def ask(self, kind, *parts):
        """Sends a call and waits for the body of its answer. Raises Refused."""
        answers = []
        number = next(self._ids)
        self._open[number] = lambda answer, body: answers.append((answer, body))
        self.send(kind, number, *parts)
        while not answers:
            with self._reading:
                # Another thread may have read it meanwhile.
                if not answers:
                    self._read(0)
        return _answer_of(*answers[0])

    async def ask_async(self, kind, *parts):
        """As `ask`, without blocking other tasks."""
        import asyncio

        loop = asyncio.get_running_loop()
        answered = loop.create_future()

        def settle(answer, body):
            if not answered.done():
                answered.set_result((answer, body))

        number = next(self._ids)
        self._open[number] = lambda answer, body: loop.call_soon_threadsafe(settle, answer, body)
        loop.add_reader(self._socket.fileno(), self._read_what_is_there)
        self.send(kind, number, *parts)
        return _answer_of(*await answered)

    def _read_what_is_there(self):
        with self._reading:
            try:
                self._read(socket.MSG_DONTWAIT)
            except BlockingIOError:
                # A thread was faster.
                return

    def _read(self, flags):
        chunk = self._socket.recv(1 << 18, flags)
        if not chunk:
            os._exit(0)
        self._buffer += chunk
        while len(self._buffer) >= frames.HEADER.size:
            length, kind, number = frames.HEADER.unpack_from(self._buffer)
            end = frames.HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[frames.HEADER.size : end])
            del self._buffer[:end]
            take = self._open.pop(number, None)
            if take:
                take(kind, body)


def _answer_of(kind, body):
    if kind == frames.REFUSAL:
        refusal = json.loads(body)
        raise Refused(refusal["code"], refusal["message"])
    return body
