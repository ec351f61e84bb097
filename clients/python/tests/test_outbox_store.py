import tempfile
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datakeep import AddedEvent, MemoryOutbox, OutboxStore, SqliteOutbox


@contextmanager
def stores() -> Iterator[list[OutboxStore]]:
    with tempfile.TemporaryDirectory() as folder:
        made: list[OutboxStore] = [MemoryOutbox(), SqliteOutbox(Path(folder, "outbox.sqlite"))]
        yield made
        for store in made:
            store.close()


class OutboxStoreTest(unittest.TestCase):
    def test_gives_the_oldest_of_one_profile_and_puts_refused_ones_aside(self) -> None:
        with stores() as made:
            for store in made:
                with self.subTest(store=type(store).__name__):
                    store.add([AddedEvent("a", "1"), AddedEvent("b", "2"), AddedEvent("a", "3")])
                    self.assertEqual([one.event for one in store.take(10, [])], ["1", "3"])
                    self.assertEqual([one.event for one in store.take(1, [])], ["1"])
                    [two] = store.take(10, ["a"])
                    self.assertEqual(two.event, "2")
                    store.refuse([(two.id, "why"), (99, "not there")])
                    self.assertEqual([(one.event, one.reason) for one in store.refused()], [("2", "why")])
                    self.assertEqual(store.count(), 2)
                    self.assertEqual(store.take(10, ["a"]), [])
                    store.release([two.id, 99])
                    self.assertEqual([one.event for one in store.take(10, ["a"])], ["2"])
                    store.remove([one.id for one in store.take(10, [])])
                    self.assertEqual(store.count(), 1)

    def test_of_sqlite_is_there_for_the_next(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            first = SqliteOutbox(Path(folder, "outbox.sqlite"), synchronous="full")
            first.add([AddedEvent("a", "1")])
            first.close()
            second = SqliteOutbox(Path(folder, "outbox.sqlite"))
            self.assertEqual([one.event for one in second.take(10, [])], ["1"])
            second.close()
