import json
import pickle
import unittest
from datetime import UTC, datetime, timedelta, timezone

from datakeep import ClientClosed, Datakeep, IngestStopped, KeepError, KeepUnreachable
from datakeep._new_event import sent_event
from datakeep._problem import error_of
from datakeep._retry import wait_before


class NewEventTest(unittest.TestCase):
    def test_gets_an_identifier_and_a_date_with_its_zone(self) -> None:
        date = datetime(2026, 1, 2, 3, 4, 5, 678_901, timezone(timedelta(hours=1)))
        sent = sent_event({"profile": {"name": "a/b", "schema": True}, "payload": {}, "createdDate": date})
        self.assertEqual(sent["metadata"]["createdDate"], "2026-01-02T02:04:05.678Z")
        self.assertEqual(sent["metadata"]["profile"], "a/b")
        self.assertEqual(len(sent["metadata"]["identifier"]), 36)

    def test_refuses_a_date_without_a_zone(self) -> None:
        with self.assertRaisesRegex(ValueError, "no time zone"):
            sent_event({"profile": "a/b", "payload": {}, "createdDate": datetime(2026, 1, 2)})


class RefusalTest(unittest.TestCase):
    def test_of_something_between_is_told_as_unknown(self) -> None:
        error = error_of(502, "Bad Gateway", {"retry-after": "3"}, b"<html>")
        self.assertEqual((error.code, error.title, error.retry_after), ("unknown", "Bad Gateway", 3))
        self.assertTrue(3 <= (wait_before(error, 0, "always") or 0) <= 4)
        self.assertIsNone(wait_before(error, 0, "undone"))

    def test_with_a_date_is_sent_again_then(self) -> None:
        date = datetime.now(UTC) + timedelta(seconds=30)
        error = error_of(429, "", {"retry-after": date.strftime("%a, %d %b %Y %H:%M:%S GMT")}, b"")
        self.assertTrue(28 < (error.retry_after or 0) <= 30)
        late = error_of(429, "", {"retry-after": "3600"}, b"")
        self.assertIsNone(wait_before(late, 0, "always"))

    def test_knows_its_code(self) -> None:
        error = error_of(404, "", {}, b'{"code":"not-found","status":404,"title":"t","detail":"d","instance":"i"}')
        self.assertIsInstance(error, KeepError)
        self.assertTrue(error.is_("forbidden", "not-found"))
        self.assertFalse(error.is_("forbidden"))

    def test_says_one_fault_once_and_lists_several(self) -> None:
        first = {"index": 3, "pointer": "/text", "code": "type", "detail": "is no text"}
        second = {"line": 5, "pointer": "", "code": "type", "detail": "is no object"}
        problem = {"code": "invalid", "status": 422, "title": "Readable, but invalid", "detail": "/text: is no text"}

        def said(**more: object) -> str:
            return str(error_of(422, "", {}, json.dumps({**problem, **more}).encode()))

        self.assertEqual(said(errors=[first]), "invalid (422): event 3 /text: is no text")
        self.assertEqual(
            said(errors=[first, second]),
            "invalid (422): Readable, but invalid\n  event 3 /text: is no text\n  line 5: is no object",
        )
        other = said(detail="Another is there.", errors=[{**second, "detail": "is taken"}])
        self.assertEqual(other, "invalid (422): Another is there.\n  line 5: is taken")

    def test_comes_whole_out_of_another_process(self) -> None:
        refused = error_of(429, "", {"retry-after": "3"}, b'{"code":"rate-limited","status":429,"detail":"Later."}')
        stopped = IngestStopped(refused, {"lines": 2, "accepted": 2, "duplicates": 0}, 3)
        copied = pickle.loads(pickle.dumps(stopped))
        self.assertEqual((str(copied), copied.line, copied.stored), (str(stopped), 3, stopped.stored))
        self.assertEqual((copied.cause.code, copied.cause.retry_after), ("rate-limited", 3))
        for error in (KeepUnreachable("GET /", OSError("away")), ClientClosed()):
            self.assertEqual(repr(pickle.loads(pickle.dumps(error))), repr(error))


class ConnectTest(unittest.TestCase):
    def test_says_what_is_missing(self) -> None:
        with self.assertRaisesRegex(ValueError, "no address of a keep"):
            Datakeep.connect(url="keep.example", token="x")
        with self.assertRaisesRegex(ValueError, "Give a token"):
            Datakeep.connect(url="https://keep.example")
