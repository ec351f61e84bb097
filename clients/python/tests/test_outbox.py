"""What an outbox sends, and when it says so."""

import json
import threading
import traceback
import unittest
from collections.abc import Collection, Sequence

import httpx

from datakeep import ClientClosed, Datakeep, MemoryOutbox, NewEvent, WaitingEvent


def note(text: str) -> NewEvent:
    return {"profile": "diary.example/note", "payload": {"text": text}}


class Taking(httpx.BaseTransport):
    """A keep that takes everything, and not at once."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.flushed = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.flushed.wait(0.2)
        events = json.loads(request.read())["events"]
        self.taken += [event["payload"]["text"] for event in events]
        return httpx.Response(200, json={"accepted": len(events), "duplicates": 0})


class SlowlyRead(MemoryOutbox):
    """Gives what it had when it was asked, once more is there."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.read = threading.Event()

    def take(self, limit: int, without: Collection[str], /) -> Sequence[WaitingEvent]:
        taken = super().take(limit, without)
        self.asked.set()
        self.read.wait(30)
        return taken


class OutboxTest(unittest.TestCase):
    def test_refuses_at_once_what_cannot_be_sent_and_goes_on_with_the_rest(self) -> None:
        keep = Taking()
        with httpx.Client(transport=keep) as http, Datakeep.connect(url="http://keep", token="x", http=http) as app:
            with self.assertRaises(ValueError):
                app.outbox.add(note("\ud83d"))
            app.outbox.add(note("whole"))
            app.outbox.flush()
        self.assertEqual(keep.taken, ["whole"])

    def test_is_flushed_of_what_was_added_while_its_store_was_read(self) -> None:
        keep = Taking()
        store = SlowlyRead()
        with (
            httpx.Client(transport=keep) as http,
            Datakeep.connect(url="http://keep", token="x", http=http, outbox=store) as app,
        ):
            outbox = app.outbox
            store.asked.wait(30)
            outbox.add(note("late"))
            # The store answers when the flush waits.
            threading.Timer(0.1, store.read.set).start()
            outbox.flush()
            taken = list(keep.taken)
            keep.flushed.set()
            self.assertEqual(taken, ["late"])

    def test_that_has_ended_holds_nothing_of_those_whom_it_refuses(self) -> None:
        app = Datakeep.connect(url="http://keep", token="x")
        outbox = app.outbox
        app.close()
        frames = []
        for _ in range(3):
            # assertRaises would clear the traceback.
            try:
                outbox.add(note("late"))
            except ClientClosed as refused:
                frames.append(len(traceback.extract_tb(refused.__traceback__)))
        self.assertEqual(frames, [2, 2, 2])


if __name__ == "__main__":
    unittest.main()
