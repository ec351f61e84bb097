"""What view code prints and logs, as frames, up to the run's limit."""

import io
import logging
import re
import sys

import frames

DEBUG, INFO, WARN, ERROR = range(4)
MOST_TEXT = 65_536
# What a line costs beside its text, so that empty lines end too.
LINE_COST = 32
# The first lines are written one by one, so that they survive a run that is killed in its next statement; later ones
# are batched.
PROMPT_LINES = 50
BATCH_BYTES = 4096

# A frame of a traceback that is not in a view's file: the runner's, or the standard library's.
_FOREIGN_FRAME = re.compile(r'^(\s*)File "(?:/|<)')


def own_lines(lines):
    """Lines without the frames of a traceback that lead through others' files."""
    within = None
    for line in lines:
        if within is not None and len(line) - len(line.lstrip()) > within and line.strip():
            continue
        frame = _FOREIGN_FRAME.match(line)
        within = len(frame[1]) if frame else None
        if within is None:
            yield line


class RunLog:
    def __init__(self, channel):
        self._channel = channel
        self._number = self._room = 0
        self._lines = 0
        self._batch = []
        self._batch_bytes = 0
        self.dropped = 0

    def start(self, number, limit):
        self._number, self._room = number, limit

    def add(self, level, text):
        if "\n" in text:
            text = "\n".join(own_lines(text.split("\n")))
        encoded = text[:MOST_TEXT].encode(errors="replace")
        kept = encoded[: max(0, self._room)]
        self.dropped += len(text[MOST_TEXT:]) + len(encoded) - len(kept)
        if self._room <= 0:
            return
        self._room -= len(kept) + LINE_COST
        self._lines += 1
        self._batch.append((bytes((level,)), kept))
        self._batch_bytes += len(kept) + LINE_COST
        if self._lines <= PROMPT_LINES or self._batch_bytes >= BATCH_BYTES or self._room <= 0:
            self.flush()

    def flush(self):
        """Sends what waits; to be called before the run says anything else."""
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        for parts in batch:
            self._channel.send(frames.LOG, self._number, *parts)


class Bytes(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, stream):
        super().__init__()
        self._stream = stream

    def writable(self):
        return True

    def write(self, data):
        self._stream.write(bytes(data).decode(errors="replace"))
        return len(data)


class LogStream(io.TextIOBase):
    """stdout or stderr: a log line for each line."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, log, level):
        super().__init__()
        self._log, self._level = log, level
        self._open = ""
        self._within = False
        self.buffer = Bytes(self)

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        *lines, self._open = (self._open + text).split("\n")
        self._take(lines)
        # A line without end is cut, not kept for ever.
        if len(self._open) > MOST_TEXT:
            self.end()
        return len(text)

    def _take(self, lines):
        for line in lines:
            frame = _FOREIGN_FRAME.match(line)
            hidden = frame is not None or (self._within and line.startswith("    "))
            self._within = hidden
            if line and not hidden:
                self._log.add(self._level, line)

    def end(self):
        line, self._open = self._open, ""
        self._take([line] if line else [])


def _level(number):
    if number >= logging.ERROR:
        return ERROR
    if number >= logging.WARNING:
        return WARN
    return INFO if number >= logging.INFO else DEBUG


class _Handler(logging.Handler):
    def __init__(self, log):
        super().__init__()
        self._log = log

    def emit(self, record):
        try:
            self._log.add(_level(record.levelno), self.format(record).rstrip("\n"))
        except Exception:
            self.handleError(record)


def catch_everything(log, stdout):
    """From now on `print`, `logging` and `warnings` go to the log. Gives what ends open lines."""
    stderr = LogStream(log, ERROR)
    sys.stdout = sys.__stdout__ = stdout
    sys.stderr = sys.__stderr__ = stderr
    root = logging.getLogger()
    root.addHandler(_Handler(log))
    root.setLevel(logging.DEBUG)
    # It says at each start which selector it uses.
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    return stderr
