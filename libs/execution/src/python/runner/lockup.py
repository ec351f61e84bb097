"""What a run's child gives up before it reads a line of view code (docs/isolation.md)."""

import ctypes
import importlib.util
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MIB = 1024 * 1024
# Reserved for the report of a run that used up its memory.
REPORT_BYTES = 16 * MIB

_linux = sys.platform == "linux"
_seccomp = None
_libc = None


def prepare(seccomp_file):
    """In the zygote, once: what the children need is made here, so that they inherit it."""
    global _seccomp, _libc
    if not _linux:
        return
    _libc = ctypes.CDLL(None, use_errno=True)
    spec = importlib.util.spec_from_file_location("datakeep_seccomp", seccomp_file)
    _seccomp = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(_seccomp)
    # Lets an ordinary user install a filter, also where no launcher did this before.
    if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")


def become_child(zygote, channel, outputs, limits):
    """The channel becomes fd 3, the outputs 1 and 2, all others are closed. Any failure raises and ends the child."""
    os.dup2(channel, 3)
    for number, output in enumerate(outputs, 1):
        os.dup2(output, number)
    os.closerange(4, 256)
    memory = limits["memoryMiB"] * MIB
    if _linux:
        # A signal that ends the zygote ends the child. It is not inherited by a fork.
        if _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PDEATHSIG")
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory + REPORT_BYTES))
    if os.getppid() != zygote:
        raise OSError("the zygote is gone")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # SIGXCPU at the first, SIGKILL at the second, should view code ignore that.
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpuSeconds"], limits["cpuSeconds"] + 1))
    if _linux:
        _seccomp.install(_seccomp.child_program(os.getpid()))


def make_room():
    """Memory is used up: raise the limit by the reserve, to report it."""
    if _linux:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
