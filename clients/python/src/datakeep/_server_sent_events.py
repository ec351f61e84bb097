"""Server-sent events (WHATWG HTML, section 9.2.6) from pieces of any size."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

# A CR at the end may be the first half of a CR LF.
_line_end = re.compile(r"\r\n|\n|\r(?!\Z)")


class ServerSentEvent(NamedTuple):
    #: `message` where none is named. A block without data, such as a heartbeat, is told as `beat`.
    type: str
    data: str
    #: The last id that came so far.
    last_id: str | None


class ServerSentEvents:
    """Takes a body apart, piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._type = ""
        self._data: list[str] = []
        self._last_id: str | None = None

    def feed(self, piece: bytes) -> Iterator[ServerSentEvent]:
        """The events that end in this piece. To be gone through to its end."""
        *lines, self._rest = _line_end.split(self._rest + self._decoder.decode(piece))
        for line in lines:
            if line == "":
                yield self._ended()
            else:
                self._take(line)

    def _ended(self) -> ServerSentEvent:
        type_ = self._type or "message" if self._data else "beat"
        event = ServerSentEvent(type_, "\n".join(self._data), self._last_id)
        self._type, self._data = "", []
        return event

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._type = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._last_id = value
