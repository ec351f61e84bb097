"""Between supervisor and the child of one run: frames pass through the zygote, which neither reads nor keeps their
bodies.

All bodies pass through buffers that are wiped when the run is over: a later child is a copy of the zygote and must find
nothing of an earlier run in it.
"""

import os
import select
import socket

from frames import FAILED, FROM_CHILD, HEADER, OUTPUT, RESULT

SIZE = 65536
_ZEROS = bytes(SIZE)
# There is one run at a time.
_DOWN, _UP, _PRINTED = (memoryview(bytearray(SIZE)) for _ in range(3))
NOW = socket.MSG_DONTWAIT


class Broken(Exception):
    """The stream to the supervisor was cut within a frame: the zygote cannot recover."""


class Stream:
    """Copies frames from one socket to another, at most one buffer of them at once. `accepts(kind, the one before)`
    false: read and dropped.
    """

    def __init__(self, source, target, accepts, buffer):
        self._source, self._target, self._accepts, self._buffer = source, target, accepts, buffer
        self._start = self._end = self._header = self._left = 0
        self._dropping = False
        self.closed = False
        self.last_kind = None

    @property
    def pending(self):
        return self._start < self._end

    @property
    def between_frames(self):
        return not self.pending and self._left == 0 and self._header == 0

    def begin(self, header, length):
        """Starts with a header that was read already."""
        self._buffer[: len(header)] = header
        self._end, self._left = len(header), length

    def read(self):
        """Takes in what there is, until a buffer is full or the source has no more."""
        try:
            if self._left == 0:
                if not self._read_header():
                    return
            if self._left > 0:
                count = self._source.recv_into(self._buffer[self._end :], min(self._left, SIZE - self._end), NOW)
                self._took(count)
        except BlockingIOError:
            pass
        except ConnectionError:
            self.closed = True
        if self._dropping:
            self._start = self._end = 0

    def _read_header(self):
        count = self._source.recv_into(self._buffer[self._header :], HEADER.size - self._header, NOW)
        if count == 0:
            self.closed = True
            return False
        self._header += count
        if self._header < HEADER.size:
            return False
        self._left, kind, _ = HEADER.unpack_from(self._buffer)
        self._header = 0
        self._dropping = not self._accepts(kind, self.last_kind)
        if not self._dropping:
            self.last_kind = kind
            self._end = HEADER.size
        return True

    def _took(self, count):
        if count == 0:
            self.closed = True
        self._end += count
        self._left -= count

    def skip(self):
        """Takes in the rest of a frame that has begun, for a target that takes no more. Raises EOFError."""
        self._start = self._end = 0
        while not self.between_frames:
            select.select((self._source,), (), ())
            self.read()
            if self.closed:
                raise EOFError
            self._start = self._end = 0

    def write(self):
        """Passes on as much as the target takes. A target that is gone takes everything."""
        try:
            while self.pending:
                self._start += self._target.send(self._buffer[self._start : self._end], NOW)
        except BlockingIOError:
            return
        except ConnectionError:
            pass
        self._start = self._end = 0


class Relay:
    """Serves one run's child until it is gone."""

    def __init__(self, supervisor, child, outputs, number):
        self._supervisor, self._child, self._outputs, self._number = supervisor, child, list(enumerate(outputs)), number
        self.down = Stream(supervisor, child, lambda kind, before: True, _DOWN)
        # A child sends nothing after its answer.
        self.up = Stream(
            child, supervisor, lambda kind, before: kind in FROM_CHILD and before not in (RESULT, FAILED), _UP
        )

    def run(self):
        """Returns when the child has closed its channel. Raises EOFError when the supervisor has, Broken when a frame
        was cut.
        """
        poll = select.poll()
        while True:
            self.down.write()
            self.up.write()
            if self.up.closed and not self.up.pending:
                break
            supervisor = 0 if self.down.pending else select.POLLIN
            child = 0 if self.up.pending else select.POLLIN
            poll.register(self._supervisor, supervisor | (select.POLLOUT if self.up.pending else 0))
            poll.register(self._child, child | (select.POLLOUT if self.down.pending else 0))
            for _, output in self._outputs:
                poll.register(output, select.POLLIN if self.up.between_frames else 0)
            ready = dict(poll.poll())
            if supervisor and ready.get(self._supervisor.fileno()):
                self.down.read()
            if self.down.closed:
                raise EOFError
            if child and ready.get(self._child.fileno()):
                self.up.read()
            for stream, output in tuple(self._outputs):
                if ready.get(output) and self.up.between_frames and not self._pass_output(stream, output):
                    poll.unregister(output)
        if not self.up.between_frames:
            raise Broken
        for stream, output in tuple(self._outputs):
            os.set_blocking(output, False)
            while self._pass_output(stream, output):
                pass
        # The zygote would take the rest of an answer for the next frame.
        self.down.skip()

    def _pass_output(self, stream, output):
        """What the child wrote to its stdout or stderr itself, as a frame. False when there is no more."""
        try:
            count = os.readv(output, [_PRINTED[HEADER.size + 1 :]])
        except BlockingIOError:
            return False
        if count == 0:
            self._outputs.remove((stream, output))
            return False
        HEADER.pack_into(_PRINTED, 0, count + 1, OUTPUT, self._number)
        _PRINTED[HEADER.size] = stream
        self._supervisor.sendall(_PRINTED[: HEADER.size + 1 + count])
        return True


def wipe():
    """Leaves nothing of a run in the zygote."""
    for buffer in (_DOWN, _UP, _PRINTED):
        buffer[:] = _ZEROS
