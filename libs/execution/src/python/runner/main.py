"""The zygote: the process that a Python view's runs are forked from.

It reads the view's source, compiles it and imports the libraries that it names, but never runs a line of it: so one run
cannot affect the next, whichever app starts it.
Each run is a separate child, forked before the run arrives and after the child before has exited; it shares no file and
no memory with earlier children.

    python3 -I -S -B main.py SECCOMP_FILE

Speaks the frames of frames.py on fd 3, one run at a time.
"""

import gc
import importlib
import json
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE)

import check  # noqa: E402
import child  # noqa: E402
import frames  # noqa: E402
import lockup  # noqa: E402
from relay import Broken, Relay, wipe  # noqa: E402
from sources import Sources  # noqa: E402


def forget_runner():
    """A view's own `check.py` or `frames.py` must not meet the runner's."""
    sys.path.remove(HERE)
    for name, module in tuple(sys.modules.items()):
        if name != "__main__" and (getattr(module, "__file__", None) or "").startswith(HERE + os.sep):
            del sys.modules[name]


class Child:
    """The process of one run: forked ahead, and waits for the run."""

    def __init__(self, loaded):
        self.channel, theirs = socket.socketpair()
        outputs = os.pipe(), os.pipe()
        zygote = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                gc.enable()
                lockup.become_child(zygote, theirs.fileno(), [write for _, write in outputs], loaded.limits)
                child.serve(loaded.sources, loaded.limits, loaded.web)
            finally:
                os._exit(70)
        theirs.close()
        for _, write in outputs:
            os.close(write)
        self.outputs = [read for read, _ in outputs]

    def is_there(self):
        """False, and reaped, if it exited while it waited."""
        if os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            return True
        self.close()
        return False

    def close(self):
        self.channel.close()
        for output in self.outputs:
            os.close(output)


def run(supervisor, one, header, length, number):
    """Serves the child of one run until it exits, and reports how it ended."""
    relay = Relay(supervisor, one.channel, one.outputs, number)
    relay.down.begin(header, length)
    try:
        relay.run()
    finally:
        one.close()
        wipe()
    _, status, usage = os.wait4(one.pid, 0)
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
    # KiB on Linux, bytes on macOS.
    peak = usage.ru_maxrss // 1024 if sys.platform == "darwin" else usage.ru_maxrss
    end = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    supervisor.sendall(frames.encode(frames.ENDED, number, frames.END.pack(cpu_ms, peak, end)))


class Loaded:
    """What this zygote is bound to, for good."""

    def __init__(self, bundle):
        self.limits = bundle["limits"]
        self.sources = Sources({file["path"]: file["content"] for file in bundle["files"]})
        self.sources.compile()
        self.sources.import_libraries()
        # `urllib.request` is heavy: the runner's part of it comes only where a view names it.
        self.web = importlib.import_module("web") if "urllib.request" in sys.modules else None
        forget_runner()
        # What is here now is never collected, so that children do not copy it by looking for garbage.
        gc.collect()
        gc.freeze()


def serve(supervisor):
    loaded = ahead = None
    while True:
        header = frames.read_exactly(supervisor, frames.HEADER.size)
        length, kind, number = frames.HEADER.unpack(header)
        if kind == frames.RUN and loaded:
            run(supervisor, ahead if ahead.is_there() else Child(loaded), header, length, number)
            ahead = Child(loaded)
            continue
        body = frames.read_exactly(supervisor, length)
        if kind == frames.LOAD:
            loaded = Loaded(json.loads(body))
            ahead = Child(loaded)
        elif kind == frames.CHECK:
            complaints = check.complaints(json.loads(body)["files"])
            supervisor.sendall(frames.encode(frames.CHECKED, 0, json.dumps(complaints).encode()))
        # Anything else is an answer that came after its run was over.
        body[:] = bytes(length)


if __name__ == "__main__":
    lockup.prepare(sys.argv[1])
    gc.disable()
    channel = socket.socket(fileno=3)
    channel.sendall(frames.encode(frames.READY, 0))
    try:
        serve(channel)
    except (EOFError, ConnectionError, Broken):
        # The supervisor is gone, or the stream to it is cut: so is the reason to be.
        os._exit(0)
