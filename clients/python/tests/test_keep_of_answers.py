"""The client before answers made by hand: renewal, and the outbox's limits."""

import asyncio
import base64
import json
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import httpx

from datakeep import (
    AsyncDatakeep,
    Datakeep,
    KeepError,
    KeepUnreachable,
    MemoryOutbox,
    MemoryTokens,
    OutboxFull,
    OutboxOptions,
)

day = 86_400
me = {"appId": "6752f0c2a1b2c3d4e5f60718"}


def token(age: float) -> str:
    now = int(time.time())
    claims = json.dumps({"iat": now - int(age * day), "exp": now + int((90 - age) * day)})
    return f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.x"


old, new = token(80), token(0)


class Answers:
    """Answers as a keep does, and remembers what was asked."""

    def __init__(self, *, renews: bool = True) -> None:
        self.renews = renews
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, request.headers["authorization"].removeprefix("Bearer ")))
        if request.url.path != "/app/v1/token/renew":
            return httpx.Response(200, json=me)
        if not self.renews:
            problem = {"type": "", "title": "", "status": 500, "detail": "", "instance": "", "code": "internal"}
            return httpx.Response(500, json=problem)
        return httpx.Response(201, json={"token": new, "expiresAt": None})

    async def later(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return self(request)


class RenewalTest(unittest.TestCase):
    def test_happens_once_for_all_threads(self) -> None:
        answers, tokens = Answers(), MemoryTokens(old)
        http = httpx.Client(transport=httpx.MockTransport(answers))
        keep = Datakeep.connect(url="http://keep.test/", tokens=tokens, http=http)
        with http, keep, ThreadPoolExecutor(4) as pool:
            self.assertEqual([future.result() for future in [pool.submit(keep.me) for _ in range(8)]], [me] * 8)
        self.assertEqual(answers.asked, [("/app/v1/token/renew", old)] + [("/app/v1/me", new)] * 8)
        self.assertEqual(tokens.load(), new)

    def test_happens_once_for_all_tasks(self) -> None:
        answers = Answers()

        class Tokens:
            held = old

            async def load(self) -> str:
                return self.held

            async def save(self, token: str, /) -> None:
                self.held = token

        async def main() -> None:
            http = httpx.AsyncClient(transport=httpx.MockTransport(answers.later))
            async with http, AsyncDatakeep.connect(url="http://keep.test", tokens=Tokens(), http=http) as keep:
                self.assertEqual(await asyncio.gather(*(keep.me() for _ in range(8))), [me] * 8)

        asyncio.run(main())
        self.assertEqual(answers.asked, [("/app/v1/token/renew", old)] + [("/app/v1/me", new)] * 8)

    def test_that_fails_is_tried_again_by_the_next_request(self) -> None:
        answers = Answers(renews=False)
        http = httpx.Client(transport=httpx.MockTransport(answers))
        with http, Datakeep.connect(url="http://keep.test", token=old, http=http) as keep:
            self.assertEqual(keep.me(), me)
            answers.renews = True
            self.assertEqual(keep.me(), me)
        paths = [path.rsplit("/", 1)[1] for path, _ in answers.asked]
        self.assertEqual(paths, ["renew", "me", "renew", "me"])


class OutboxTest(unittest.TestCase):
    def test_takes_no_more_than_may_wait_and_tells_why_they_wait(self) -> None:
        def away(_: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("away")

        problems: list[KeepError | KeepUnreachable] = []
        options = OutboxOptions(MemoryOutbox(), limit=2, on_problem=problems.append)
        http = httpx.Client(transport=httpx.MockTransport(away))
        with http, Datakeep.connect(url="http://keep.test", token=new, http=http, outbox=options, retries=0) as keep:
            keep.outbox.add({"profile": "a/b", "payload": {}}, {"profile": "a/b", "payload": {}})
            with self.assertRaises(OutboxFull):
                keep.outbox.add({"profile": "a/b", "payload": {}})
            with self.assertRaises(KeepUnreachable):
                keep.outbox.flush()
            self.assertEqual(keep.outbox.pending(), 2)
        self.assertIsInstance(problems[0], KeepUnreachable)

    def test_tells_of_a_store_that_fails(self) -> None:
        class Full(MemoryOutbox):
            def remove(self, ids: object, /) -> None:
                raise OSError("No space left on device")

        http = httpx.Client(transport=httpx.MockTransport(Answers()))
        with http, Datakeep.connect(url="http://keep.test", token=new, http=http, outbox=Full()) as keep:
            keep.outbox.add({"profile": "a/b", "payload": {}})
            with self.assertRaisesRegex(OSError, "No space"):
                keep.outbox.flush()
            with self.assertRaisesRegex(OSError, "No space"):
                keep.outbox.add({"profile": "a/b", "payload": {}})
