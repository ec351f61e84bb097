"""One run, in its own process: reads the request, calls view code, reports the outcome, and exits."""

import importlib
import inspect
import io
import json
import os
import sys
import time
import traceback
import types

import frames
import lockup
from channel import Channel
from keep import Keep, KeepError
from logs import ERROR, INFO, Bytes, LogStream, RunLog, catch_everything
from result import BadResult, parse_printed, serialise
from sources import ENTRY
from thrown import describe, own_traceback

CHANNEL = 3


class _LoadFailed(Exception):
    """The source is not what a view must be."""


def serve(sources, limits, web):
    """Never returns. `web`: the module that lends `urllib` the channel, where the view uses it."""
    channel = Channel(CHANNEL)
    log = RunLog(channel)
    script = sources.is_script()
    stdout = _Printed() if script else LogStream(log, INFO)
    stderr = catch_everything(log, stdout)
    sources.install()
    if web:
        web.install(channel, log.flush)
    # What needs no run is done before there is one.
    number, body = channel.first()
    most_result, most_log = frames.RUN_LIMITS.unpack_from(body)
    text = body[frames.RUN_LIMITS.size :].decode()
    log.start(number, most_log)
    if script:
        stdout.start(most_result + most_log)
    value = failure = None
    try:
        if script:
            value = _run_script(sources, stdout, log, text, most_result)
        else:
            value = _run_function(channel, log, text, most_result)
    except BaseException as error:
        if isinstance(error, MemoryError):
            lockup.make_room()
        if script:
            stdout.release(log)
        failure = _failure_of(error, sources, limits, log, web)
    stdout.end()
    stderr.end()
    log.flush()
    cpu_ms = time.process_time() * 1000
    if failure is None:
        channel.send(frames.RESULT, number, frames.RESULT_PREFIX.pack(cpu_ms, 0, min(log.dropped, 0xFFFFFFFF)), value)
    else:
        failure.update(cpuMs=cpu_ms, logBytesDropped=log.dropped)
        channel.send(frames.FAILED, number, json.dumps(failure).encode())
    # Threads and what is registered for the exit do not count any more.
    os._exit(0)


def _run_function(channel, log, text, limit):
    main = getattr(importlib.import_module("main"), "main", None)
    if not callable(main):
        raise _LoadFailed("%s must define main(parameters, keep)." % ENTRY)
    awaited = inspect.iscoroutinefunction(main)
    value = main(json.loads(text), Keep(channel, log.flush, awaited))
    if inspect.isawaitable(value):
        value = _await(value)
    return serialise(value, limit)


def _await(value):
    import asyncio

    async def whole():
        return await value

    return asyncio.run(whole())


def _run_script(sources, stdout, log, text, limit):
    """As a program: the parameters are its argument, and its result is what it prints."""
    module = types.ModuleType("__main__")
    module.__file__ = ENTRY
    sys.modules["__main__"] = module
    sys.argv = [ENTRY, text]
    try:
        exec(sources.code(ENTRY), module.__dict__)
    except SystemExit as exit:
        if exit.code not in (None, 0):
            raise
    return stdout.result(log, limit)


class _Printed(io.TextIOBase):
    """A script's stdout. All of it is the result if it is one JSON text; else its last line is, and the lines before
    are the log.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self):
        super().__init__()
        self._parts, self._room = [], 0
        self.buffer = Bytes(self)

    def start(self, most):
        self._room = most

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        self._room -= len(text)
        if self._room >= 0:
            self._parts.append(text)
        return len(text)

    def result(self, log, limit):
        """The result's JSON; nothing printed is null."""
        if self._room < 0:
            raise BadResult("view-result-too-large", "The script printed more than its result and log may take.")
        whole = "".join(self._parts).strip()
        if not whole:
            return b"null"
        try:
            return parse_printed(whole, limit)
        except ValueError:
            *before, last = whole.split("\n")
        try:
            result = parse_printed(last, limit)
        except ValueError:
            raise BadResult("view-result-not-json", "The last line that the script printed is no JSON.") from None
        self._parts = before
        for line in before:
            if line.strip():
                log.add(INFO, line)
        return result

    def release(self, log):
        """What a failed script had printed is its log."""
        for line in "".join(self._parts).split("\n"):
            if line.strip():
                log.add(INFO, line)

    def end(self):
        self._parts = []


def _failure_of(error, sources, limits, log, web):
    files = sources.files
    if isinstance(error, MemoryError):
        failure = describe(error, "view-out-of-memory", files)
        failure["message"] = "The view needs more than %d MiB of memory." % limits["memoryMiB"]
        traceback.clear_frames(error.__traceback__)
        return failure
    if isinstance(error, BadResult):
        return {"code": error.code, "message": error.message}
    if isinstance(error, _LoadFailed):
        return {"code": "view-load-failed", "message": str(error)}
    code = "view-threw"
    if isinstance(error, (ImportError, SyntaxError)):
        code = "view-load-failed"
    elif isinstance(error, KeepError) or (web and isinstance(error, web.RequestRefused)):
        # View code may raise one of its own making.
        given = getattr(error, "code", None)
        code = given if isinstance(given, str) else code
    failure = describe(error, code, files)
    trace = own_traceback(error, files)
    if trace:
        log.add(ERROR, trace)
    return failure
