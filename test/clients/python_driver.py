"""Drives clients/python as client-driver.ts says: its first argument is `sync` or `async`."""

import asyncio
import inspect
import json
import sys

from datakeep import (
    AsyncDatakeep,
    CheckpointFile,
    Datakeep,
    IngestStopped,
    KeepError,
    KeepUnreachable,
    SqliteOutbox,
    TokenFile,
)

is_async = sys.argv[1] == "async"
client = AsyncDatakeep if is_async else Datakeep
keep = None
followed = []
told_of = []
waited = 0


async def done(method, *args, **named):
    """What a method of either client returns. Those that block are called in a thread."""
    if not is_async:
        return await asyncio.to_thread(method, *args, **named)
    answer = method(*args, **named)
    return await answer if inspect.isawaitable(answer) else answer


def options_of(args):
    options = {"url": args["url"]}
    if "retries" in args:
        options["retries"] = args["retries"]
    if "timeoutMs" in args:
        options["timeout"] = args["timeoutMs"] / 1000
    if "tokenFile" in args:
        options["tokens"] = TokenFile(args["tokenFile"])
    if "outboxFile" in args:
        options["outbox"] = SqliteOutbox(args["outboxFile"])
    return options


def renamed(args, **names):
    """Keyword arguments as Python has them."""
    return {names.get(name, name): value for name, value in args.items()}


async def associate(args):
    global keep
    options = options_of(args)
    if "origins" in args:
        options["origins"] = args["origins"]
    keep = await done(client.associate, association_token=args["associationToken"], name=args["name"], **options)


async def connect(args):
    global keep
    keep = client.connect(token=args.get("token"), **options_of(args))
    # It sends from the first use on.
    keep.outbox  # noqa: B018


async def register(args):
    await done(keep.profiles.register, args["name"], args["schema"])


async def ingest(args):
    def numbered():
        for number in range(1, args["count"] + 1):
            payload = {"wrong": True} if number == args.get("bad") else {"number": number}
            yield {"profile": args["profile"], "identifier": f"n{number}", "payload": payload}

    return await done(keep.events.ingest, numbered())


async def changes_open(args):
    checkpoint = CheckpointFile(args["checkpointFile"]) if "checkpointFile" in args else None
    told = []
    changes = keep.events.changes(
        profile=args.get("profile"),
        since=args.get("since"),
        checkpoint=checkpoint,
        on_open=lambda: told.append("open"),
        on_problem=lambda error: told.append(error.code),
    )
    followed.append(changes)
    told_of.append(told)
    return len(followed) - 1


async def changes_next(args):
    changes = followed[args["handle"]]
    change = await anext(changes, None) if is_async else await asyncio.to_thread(next, changes, None)
    if change is None:
        raise RuntimeError("the changes have ended")
    return change


async def changes_close(args):
    changes = followed[args["handle"]]
    await done(changes.aclose if is_async else changes.close)


async def ensure(args):
    def count():
        global waited
        waited += 1

    more = {"on_waiting": count} if args.pop("noteWaiting", False) else {}
    return await done(keep.permissions.ensure, **args, **more)


async def answered(value):
    return value


async def run(args):
    named = renamed(args, clientCustomData="client_custom_data", viewInstanceId="view_instance_id")
    return await done(keep.views.run, **named)


handlers = {
    "associate": associate,
    "connect": connect,
    "me": lambda _: done(keep.me),
    "profiles.register": register,
    "profiles.registerFromLibrary": lambda args: done(keep.profiles.register_from_library, **args),
    "profiles.get": lambda args: done(keep.profiles.get, **args),
    "permissions.ensure": ensure,
    "permissions.waited": lambda _: answered(waited),
    "permissions.request": lambda args: done(keep.permissions.request, **args),
    "permissions.giveUp": lambda args: done(keep.permissions.give_up, **args),
    "events.create": lambda args: done(keep.events.create, args["events"]),
    "events.query": lambda args: done(keep.events.query(**renamed(args, pageSize="page_size")).to_list),
    "events.aggregate": lambda args: done(keep.events.aggregate, **renamed(args, groupBy="group_by")),
    "events.get": lambda args: done(keep.events.get, **args),
    "events.modify": lambda args: done(keep.events.modify, **args),
    "events.delete": lambda args: done(keep.events.delete, **args),
    "events.ingest": ingest,
    "changes.open": changes_open,
    "changes.next": changes_next,
    "changes.told": lambda args: answered(told_of[args["handle"]]),
    "changes.close": changes_close,
    "views.createInstance": lambda args: done(keep.views.create_instance, *args.values()),
    "views.permitted": lambda args: done(keep.views.permitted, args["id"]),
    "views.run": run,
    "views.finished": lambda args: done(keep.views.finished, args["runId"]),
    "outbox.add": lambda args: done(keep.outbox.add, *args["events"]),
    "outbox.flush": lambda _: done(keep.outbox.flush),
    "outbox.pending": lambda _: done(keep.outbox.pending),
    "outbox.waiting": lambda _: done(keep.outbox.waiting),
    "outbox.refused": lambda _: done(keep.outbox.refused),
    "outbox.retry": lambda args: done(keep.outbox.retry, *args["ids"]),
    "close": lambda _: done(keep.close),
}


def told(error):
    if isinstance(error, IngestStopped):
        return {**told(error.cause), "message": str(error), "stored": error.stored, "line": error.line}
    if isinstance(error, KeepUnreachable):
        return {"message": str(error), "code": error.code}
    if isinstance(error, KeepError):
        places = {"requestId": error.request_id, "errors": error.errors}
        return {"message": str(error), "code": error.code, "status": error.status, **places}
    return {"message": str(error), "code": type(error).__name__}


async def answer(call):
    try:
        reply = {"id": call["id"], "value": await handlers[call["name"]](call["args"])}
    except Exception as error:  # noqa: BLE001
        reply = {"id": call["id"], "error": told(error)}
    print(json.dumps(reply), flush=True)


async def main():
    loop = asyncio.get_running_loop()
    input_ = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(input_), sys.stdin)
    running = set()
    while line := await input_.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    # Then the program ends by itself.
    if keep is not None:
        await done(keep.close)
    if running:
        await asyncio.wait(running)


asyncio.run(main())
