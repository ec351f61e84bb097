"""The attacking view of Python's self-test (self-test/attacks.ts): tries each attack with all that Python has, and
returns the result of each.
"""

import errno
import fcntl
import os
import signal
import socket
import sqlite3
import struct
import subprocess

FIOSETOWN, SIOCSPGRP = 0x8901, 0x8902
F_SETSIG, F_GETSIG, F_SETOWN_EX = 10, 11, 15


def main(parameters, keep):
    targets = parameters
    local = "127.0.0.1"

    def append():
        with open(targets["file"], "a") as file:
            file.write("written\n")

    def read(path):
        with open(path, "rb") as file:
            file.read()

    def database():
        with sqlite3.connect(targets["database"]) as opened:
            opened.execute("CREATE TABLE planted (x)")

    def folders():
        failure = None
        for folder in [*targets["keep"], targets["folder"]]:
            try:
                return os.listdir(folder)
            except OSError as error:
                failure = error
        raise failure

    def listen():
        with socket.socket() as opened:
            opened.bind((local, 0))
            opened.listen()

    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
            opened.sendto(b"x", (local, targets["udpPort"]))

    def unix():
        with socket.socket(socket.AF_UNIX) as opened:
            opened.connect(targets["unixSocket"])

    def fork():
        for _ in range(100):
            if os.fork() == 0:
                os._exit(0)

    def signal_by_the_kernel():
        supervisor = targets["supervisorPid"]
        one, other = socket.socketpair()
        calls = [
            lambda: fcntl.fcntl(one, fcntl.F_SETOWN, supervisor),
            lambda: fcntl.fcntl(one, F_SETOWN_EX, struct.pack("ii", 1, supervisor)),
            lambda: fcntl.ioctl(one, FIOSETOWN, struct.pack("i", supervisor)),
            lambda: fcntl.ioctl(one, SIOCSPGRP, struct.pack("i", supervisor)),
            # Ends no process that does not wait for it; without it the kernel would send SIGIO, which does.
            lambda: fcntl.fcntl(one, F_SETSIG, signal.SIGURG),
        ]
        errors = []
        for call in calls:
            try:
                call()
            except OSError as error:
                errors.append(error)
        if len(errors) == len(calls):
            raise next((error for error in errors if error.errno != errno.EACCES), errors[0])
        if fcntl.fcntl(one, F_GETSIG) == signal.SIGURG:
            fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC)
            other.send(b"x")

    attacks = {
        "reads a file that everybody may read": lambda: read(targets["file"]),
        "writes a file that everybody may write": append,
        "makes a file where everybody may": lambda: open(targets["folder"] + "/made.txt", "x").close(),
        "changes the mode of a file": lambda: os.chmod(targets["file"], 0o600),
        "lists the keep's folder": folders,
        "opens a database with SQLite": database,
        "connects by TCP": lambda: socket.create_connection((local, targets["tcpPort"])).close(),
        "listens on a TCP port": listen,
        "sends by UDP": send,
        "connects to a Unix socket": unix,
        "reads the supervisor's environment": lambda: read("/proc/%d/environ" % targets["supervisorPid"]),
        "signals the supervisor": lambda: os.kill(targets["supervisorPid"], 0),
        "has the kernel signal the supervisor": signal_by_the_kernel,
        "starts a program": lambda: subprocess.run([targets["program"], "-c", ":"], check=True),
        "forks 100 times": fork,
    }
    lines = []
    for attack, attempt in attacks.items():
        try:
            attempt()
            lines.append({"attack": attack})
        except sqlite3.Error:
            lines.append({"attack": attack, "error": "ERR_SQLITE_ERROR"})
        except OSError as error:
            lines.append({"attack": attack, "error": errno.errorcode.get(error.errno, str(error))})
        except Exception as error:
            lines.append({"attack": attack, "error": repr(error)})
    return lines
