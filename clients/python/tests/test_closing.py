"""What waits ends when the client is closed."""

import asyncio
import threading
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from datakeep import AsyncDatakeep, ClientClosed, Datakeep


class SilentKeep(BaseHTTPRequestHandler):
    """Begins a stream of changes in which nothing happens, never lists profiles; all else it is too busy for."""

    protocol_version = "HTTP/1.1"
    following = threading.Event()
    asked = threading.Event()
    ended = threading.Event()

    def do_GET(self) -> None:
        if self.path.startswith("/app/v1/profiles"):
            self.asked.set()
            self.ended.wait(30)
            self.close_connection = True
            return
        if not self.path.startswith("/app/v1/events/changes"):
            body = b'{"code":"storage-busy","status":503,"title":"","detail":"","instance":""}'
            self.send_response(503)
            self.send_header("retry-after", "60")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": beat\n\n")
        self.following.set()
        self.ended.wait(30)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def silent_keep() -> Iterator[str]:
    SilentKeep.following.clear()
    SilentKeep.asked.clear()
    SilentKeep.ended.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), SilentKeep)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        SilentKeep.ended.set()
        server.shutdown()
        server.server_close()
        serving.join()


class ClosingTest(unittest.TestCase):
    def test_ends_a_stream_that_opens_while_the_client_is_closed(self) -> None:
        class Late(httpx.HTTPTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                answer = super().handle_request(request)
                datakeep.close()
                return answer

        with silent_keep() as url, httpx.Client(transport=Late()) as http:
            datakeep = Datakeep.connect(url=url, token="x", http=http)
            following = threading.Thread(target=lambda: list(datakeep.events.changes()), daemon=True)
            following.start()
            following.join(10)
            self.assertFalse(following.is_alive())

    def test_ends_followers_and_what_is_repeated_in_other_threads(self) -> None:
        with silent_keep() as url:
            keep = Datakeep.connect(url=url, token="t")
            found: list[object] = []

            def repeat() -> None:
                try:
                    keep.me()
                except ClientClosed as error:
                    found.append(error)

            threads = [
                threading.Thread(target=lambda: found.append(list(keep.events.changes()))),
                threading.Thread(target=repeat),
            ]
            for thread in threads:
                thread.start()
            self.assertTrue(SilentKeep.following.wait(10))
            began = time.monotonic()
            keep.close()
            for thread in threads:
                thread.join(10)
            self.assertLess(time.monotonic() - began, 5)
            self.assertEqual(len(found), 2)
            self.assertIn([], found)

    def test_ends_a_request_of_another_thread_that_is_not_answered(self) -> None:
        with silent_keep() as url:
            keep = Datakeep.connect(url=url, token="t", timeout=60)
            found: list[object] = []

            def ask() -> None:
                try:
                    keep.profiles.list().first()
                except ClientClosed as error:
                    found.append(error)

            asking = threading.Thread(target=ask, daemon=True)
            asking.start()
            self.assertTrue(SilentKeep.asked.wait(10))
            keep.close()
            asking.join(10)
            self.assertEqual(len(found), 1)

    def test_ends_a_request_of_another_task_that_is_not_answered(self) -> None:
        async def main(url: str) -> None:
            keep = AsyncDatakeep.connect(url=url, token="t", timeout=60)
            asking = asyncio.create_task(keep.profiles.list().first())
            self.assertTrue(await asyncio.to_thread(SilentKeep.asked.wait, 10))
            await keep.close()
            async with asyncio.timeout(10):
                with self.assertRaises(ClientClosed):
                    await asking

        with silent_keep() as url:
            asyncio.run(main(url))

    def test_ends_followers_and_what_is_repeated_in_other_tasks(self) -> None:
        async def follow(keep: AsyncDatakeep) -> list[object]:
            return [change async for change in keep.events.changes()]

        async def main(url: str) -> None:
            keep = AsyncDatakeep.connect(url=url, token="t")
            following, repeating = asyncio.create_task(follow(keep)), asyncio.create_task(keep.me())
            self.assertTrue(await asyncio.to_thread(SilentKeep.following.wait, 10))
            await keep.close()
            async with asyncio.timeout(5):
                self.assertEqual(await following, [])
                with self.assertRaises(ClientClosed):
                    await repeating

        with silent_keep() as url:
            asyncio.run(main(url))

    def test_is_told_to_who_comes_later(self) -> None:
        keep = Datakeep.connect(url="http://127.0.0.1:9", token="t")
        outbox = keep.outbox
        keep.close()
        with self.assertRaises(ClientClosed):
            keep.me()
        with self.assertRaises(ClientClosed):
            outbox.add({"profile": "a/b", "payload": {}})
        with self.assertRaises(ClientClosed):
            outbox.flush()
