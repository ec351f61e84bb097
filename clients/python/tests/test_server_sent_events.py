import unittest

from datakeep._server_sent_events import ServerSentEvents

text = (
    'retry: 1000\n\n: beat\nid: p0\n\nevent: created\r\nid: p1\r\ndata: {"a":"ř🐎"}\r\n\r\n'
    "data: one\rdata:two\r\rdata:  spaced\n\n\nevent: lost\ndata: without its end"
)


class ServerSentEventsTest(unittest.TestCase):
    def test_are_read_from_pieces_of_any_size(self) -> None:
        body = text.encode()
        for size in (1, 2, 3, 7, 1000):
            with self.subTest(size=size):
                events = ServerSentEvents()
                found = [event for at in range(0, len(body), size) for event in events.feed(body[at : at + size])]
                self.assertEqual(
                    found,
                    [
                        ("beat", "", None),
                        ("beat", "", "p0"),
                        ("created", '{"a":"ř🐎"}', "p1"),
                        ("message", "one\ntwo", "p1"),
                        ("message", " spaced", "p1"),
                        ("beat", "", "p1"),
                    ],
                )
