"""Locks itself up and becomes a view process: rlimits, uid, no_new_privs, Landlock, seccomp, exec (docs/isolation.md).

    python3 -I -S -B launcher.py NAME=VALUE … -- PROGRAM ARGUMENT …

    parent=PID      the expected parent; the kernel kills this process with it. 0: the parent is in another namespace
    uid=N gid=N     the user and group to become, when root
    cpu=SECONDS     RLIMIT_CPU            data=MIB, as=MIB   RLIMIT_DATA, RLIMIT_AS
    files=N         RLIMIT_NOFILE         processes=N        RLIMIT_NPROC
    landlock=N      the newest Landlock ABI to use; tests set it to stand in for an older kernel
    forks=1         a zygote: it may fork (its children need seccomp.child_program)
    read=PATH       file or folder below which it may read; once for each
    run=PATH        file that it may read and execute; once for each
    env=NAME=VALUE  its environment, nothing else passes; once for each

A layer that cannot be set up ends it with exit code 97 and one line `datakeep-jail: …` on stderr. Needs neither root
nor a package.
"""

import errno
import os
import struct
import sys

FAILED = 97
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULESET_VERSION, PATH_BENEATH = 1, 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
# Rights that the kernel takes for something else than a folder: execute, write, read, truncate, ioctl.
FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
PR_SET_PDEATHSIG, SIGKILL, PR_SET_NO_NEW_PRIVS = 1, 9, 38
NUMBERS = ("parent", "uid", "gid", "cpu", "data", "as", "files", "processes", "landlock", "forks")


def fail(what):
    os.write(2, ("datakeep-jail: " + what + "\n").encode(errors="replace")[:500])
    os._exit(FAILED)


def call(name, function, *values):
    result = function(*values)
    if result < 0:
        fail(name + ": " + os.strerror(ctypes.get_errno()))
    return result


def parse(words):
    options = {"read": [], "run": [], "env": []}
    while words and words[0] != "--":
        name, _, value = words.pop(0).partition("=")
        if name in ("read", "run", "env"):
            options[name].append(value)
        elif name in NUMBERS and value.isdigit():
            options[name] = int(value)
        else:
            fail("no such option: " + name)
    if len(words) < 2 or "parent" not in options or not options["run"]:
        fail("parent, run and a program are needed")
    return options, words[1:]


def limit_resources(options):
    import resource

    mib = 1024 * 1024
    limits = [(resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_FSIZE, 0, 0)]
    limits.append((resource.RLIMIT_NOFILE, options.get("files", 64), options.get("files", 64)))
    if "cpu" in options:
        # SIGXCPU at the first, SIGKILL at the second, should it be caught.
        limits.append((resource.RLIMIT_CPU, options["cpu"], options["cpu"] + 1))
    for name, which in (("data", resource.RLIMIT_DATA), ("as", resource.RLIMIT_AS)):
        if name in options:
            limits.append((which, options[name] * mib, options[name] * mib))
    if "processes" in options:
        limits.append((resource.RLIMIT_NPROC, options["processes"], options["processes"]))
    try:
        for which, soft, hard in limits:
            resource.setrlimit(which, (soft, hard))
    except (OSError, ValueError) as error:
        fail("rlimit %d: %s" % (which, error))


def confine_files(reads, runs, newest):
    version = min(newest, libc.syscall(CREATE_RULESET, None, 0, RULESET_VERSION))
    if version < 1:
        fail("landlock: " + os.strerror(ctypes.get_errno()))
    files = (1 << 13) - 1
    for since, bit in ((2, 13), (3, 14), (5, 15)):
        if version >= since:
            files |= 1 << bit
    # Every right is handled and only reading is granted: no write, no TCP port, no abstract socket, no signal out of
    # the domain.
    rights = struct.pack("=QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = call("landlock_create_ruleset", libc.syscall, CREATE_RULESET, rights, ctypes.c_size_t(size), 0)
    for paths, access in ((reads, READ_FILE | READ_DIR), (runs, READ_FILE | EXECUTE)):
        for path in paths:
            try:
                place = os.open(path, os.O_PATH | os.O_CLOEXEC)
                # Landlock accepts a path that the user may not read. This check fails at once instead of in the middle
                # of the program's start.
                if not os.access(path, os.R_OK):
                    raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            except OSError as error:
                fail("%s: %s" % (path, error.strerror))
            granted = access if os.path.isdir(path) else access & FILE_RIGHTS
            rule = struct.pack("=Qi", granted, place)
            call("landlock_add_rule " + path, libc.syscall, ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
            os.close(place)
    call("landlock_restrict_self", libc.syscall, RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


options, command = parse(sys.argv[1:])
try:
    import ctypes

    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import seccomp

    libc = ctypes.CDLL(None, use_errno=True)
    filters = seccomp.jail_program(os.getpid(), options.get("forks", 0) == 1)
except (ImportError, OSError) as error:
    fail(str(error))

limit_resources(options)
# A frame wakes the view process. Under SCHED_OTHER it would preempt the keep on the keep's own processor (sched(7)).
if hasattr(os, "SCHED_BATCH"):
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
os.closerange(4, 65536)
if os.getuid() == 0 and "uid" in options:
    try:
        os.setgroups([])
        os.setresgid(options["gid"], options["gid"], options["gid"])
        os.setresuid(options["uid"], options["uid"], options["uid"])
    except (KeyError, OSError) as error:
        fail("uid: %s" % error)
call("prctl", libc.prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
# The parent may have ended before the line above.
if options["parent"] != 0 and os.getppid() != options["parent"]:
    fail("the parent is gone")
call("no_new_privs", libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
confine_files(options["read"], options["run"], options.get("landlock", sys.maxsize))
try:
    seccomp.install(filters)
    os.execve(command[0], command, dict(pair.split("=", 1) for pair in options["env"]))
except OSError as error:
    fail("%s: %s" % (command[0], error.strerror))
