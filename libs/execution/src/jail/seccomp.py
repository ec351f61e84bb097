"""The seccomp filters of view processes, as classic BPF: built here, read by the kernel (seccomp(2), bpf(4)).

launcher.py installs one before a runtime starts (`jail_program`); a runtime that forks per run installs another in its
child (`child_program`).
Needs the standard library only; `install` needs ctypes and no_new_privs. Filters accumulate: the kernel takes the
strictest answer of all installed filters, and a process cannot remove one.
"""

import errno
import os
import struct

# Number on x86_64, number on aarch64 (None: that architecture has no such call). From the kernel's tables
# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
DENIED = {
    # The network. The channel is there already; no other socket is opened, named or waited for.
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
    # Other processes: looking into them, signalling them past `kill`, slowing them.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "kcmp": (312, 272), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    # Programs: from a memory file, or past the path rules.
    "execveat": (322, 281), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # What Landlock does not cover of files: modes, owners, times, attributes, handles, watches.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "utimensat": (280, 88), "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "removexattrat": (466, 466), "file_setattr": (469, 469), "truncate": (76, 45),
    "mknod": (133, None), "mknodat": (259, 33), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27), "sync": (162, 81), "syncfs": (306, 267),
    # Mounts, roots and namespaces.
    "mount": (165, 40), "umount2": (166, 39), "chroot": (161, 51), "pivot_root": (155, 41), "unshare": (272, 97),
    "setns": (308, 268), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "open_tree": (428, 428), "open_tree_attr": (467, 467), "move_mount": (429, 429), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458),
    # Other identities.
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143), "setresuid": (117, 147),
    "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152), "setgroups": (116, 159),
    "capset": (126, 91),
    # The machine.
    "acct": (163, 89), "sethostname": (170, 161), "setdomainname": (171, 162), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "syslog": (103, 116), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "vhangup": (153, 58),
    "personality": (135, 92), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106),
    # Parts of the kernel that are large, or have let others out.
    "io_setup": (206, 0), "io_submit": (209, 2), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    # Memory and queues that outlive the process.
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
}

# Allowed or not by their arguments, or by the kind of process.
JUDGED = {
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "clone3": (435, 435), "kill": (62, 129),
    "tgkill": (234, 131), "prlimit64": (302, 261), "prctl": (157, 167), "socketpair": (53, 199), "setsid": (112, 157),
    "setpgid": (109, 154), "execve": (59, 221), "fcntl": (72, 25), "ioctl": (16, 29),
}

# Commands that set the process for the kernel to signal, or the signal: by them a socket that becomes readable would
# kill a process that `kill` may not reach. fcntl: F_SETOWN, F_SETSIG, F_SETOWN_EX, F_NOTIFY. ioctl: FIOSETOWN,
# SIOCSPGRP.
SIGNAL_COMMANDS = {"fcntl": (8, 10, 15, 1026), "ioctl": (0x8901, 0x8902)}

# AUDIT_ARCH_* of linux/audit.h, and the column of the tables.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# Offsets in struct seccomp_data; the low word of argument n is at ARGUMENTS + 8 n on these little-endian machines.
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16

LOAD, RETURN, JUMP, AND = 0x20, 0x06, 0x05, 0x54
EQUAL, AT_LEAST, ANY_BIT = 0x15, 0x35, 0x45

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
REFUSE = ERRNO | errno.EACCES
NO_SUCH_CALL = ERRNO | errno.ENOSYS

X32_BIT = 0x40000000
CLONE_THREAD = 0x10000
# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
CLONE_NAMESPACES = 0x7E020000
AF_UNIX, SOCK_STREAM, SOCK_TYPE_MASK = 1, 1, 0xF
PR_SET_PDEATHSIG, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, SIGKILL = 1, 22, 2, 9


def _step(code, value, if_true=0, if_false=0):
    return struct.pack("=HBBI", code, if_true, if_false, value)


class _Filter:
    def __init__(self):
        machine = os.uname().machine
        if machine not in ARCHITECTURES:
            raise OSError(errno.ENOSYS, "no system call table for " + machine)
        architecture, self._column = ARCHITECTURES[machine]
        self._steps = [
            _step(LOAD, ARCHITECTURE),
            _step(EQUAL, architecture, 1, 0),
            _step(RETURN, KILL),
            _step(LOAD, NUMBER),
        ]
        if machine == "x86_64":
            self._steps += [_step(AT_LEAST, X32_BIT, 0, 1), _step(RETURN, KILL)]

    def _number(self, name):
        return (DENIED.get(name) or JUDGED[name])[self._column]

    def refuse(self, names, answer=REFUSE):
        """Those calls are answered `answer`."""
        numbers = [number for number in map(self._number, names) if number is not None]
        # A jump reaches 255 steps: each piece has its own answer behind it.
        for start in range(0, len(numbers), 200):
            piece = numbers[start : start + 200]
            self._steps += [_step(EQUAL, number, len(piece) - at, 0) for at, number in enumerate(piece)]
            self._steps += [_step(JUMP, 1), _step(RETURN, answer)]

    def judge(self, name, *steps):
        """`steps` answer that call; they end with a return."""
        number = self._number(name)
        if number is not None:
            self._steps += [_step(EQUAL, number, 0, len(steps)), *steps]

    def only_when(self, name, argument, value):
        """That call passes only when the low word of the argument has that value."""
        loaded = _step(LOAD, ARGUMENTS + 8 * argument)
        self.judge(name, loaded, _step(EQUAL, value, 1, 0), _step(RETURN, REFUSE), _step(RETURN, ALLOW))

    def except_when(self, name, argument, values):
        """That call passes unless the low word of the argument is one of the values."""
        matches = [_step(EQUAL, value, len(values) - at, 0) for at, value in enumerate(values)]
        self.judge(name, _step(LOAD, ARGUMENTS + 8 * argument), *matches, _step(RETURN, ALLOW), _step(RETURN, REFUSE))

    def program(self):
        return b"".join([*self._steps, _step(RETURN, ALLOW)])


def _refuse_processes(made):
    """No new process; threads may be."""
    made.refuse(["fork", "vfork"])
    made.judge(
        "clone",
        _step(LOAD, ARGUMENTS),
        _step(ANY_BIT, CLONE_NAMESPACES, 2, 0),
        _step(ANY_BIT, CLONE_THREAD, 0, 1),
        _step(RETURN, ALLOW),
        _step(RETURN, REFUSE),
    )


def _refuse_signals(made, pid):
    """Signals go to the process itself, sent by it or by the kernel on its behalf."""
    made.only_when("kill", 0, pid)
    made.only_when("tgkill", 0, pid)
    for name, commands in SIGNAL_COMMANDS.items():
        made.except_when(name, 1, commands)


def jail_program(pid, forks=False):
    """The filter of a view process whose pid is `pid`. `forks`: it may fork (a zygote) and make process groups; else
    only threads.
    """
    made = _Filter()
    made.refuse(DENIED)
    # The flags of clone3 lie in memory, where a filter cannot look; libc falls back to clone.
    made.refuse(["clone3"], NO_SUCH_CALL)
    if forks:
        namespaces = _step(ANY_BIT, CLONE_NAMESPACES, 0, 1)
        made.judge("clone", _step(LOAD, ARGUMENTS), namespaces, _step(RETURN, REFUSE), _step(RETURN, ALLOW))
    else:
        _refuse_processes(made)
        made.refuse(["setsid", "setpgid"])
    _refuse_signals(made, pid)
    made.only_when("prlimit64", 0, 0)
    # The kernel ends the process with the supervisor: view code must not take that back.
    made.judge(
        "prctl",
        _step(LOAD, ARGUMENTS),
        _step(EQUAL, PR_SET_PDEATHSIG, 0, 2),
        _step(LOAD, ARGUMENTS + 8),
        _step(EQUAL, SIGKILL, 0, 1),
        _step(RETURN, ALLOW),
        _step(RETURN, REFUSE),
    )
    # A pair of streams is what event loops wake themselves with; a datagram socket could be sent anywhere.
    made.judge(
        "socketpair",
        _step(LOAD, ARGUMENTS),
        _step(EQUAL, AF_UNIX, 0, 4),
        _step(LOAD, ARGUMENTS + 8),
        _step(AND, SOCK_TYPE_MASK),
        _step(EQUAL, SOCK_STREAM, 0, 1),
        _step(RETURN, ALLOW),
        _step(RETURN, REFUSE),
    )
    return made.program()


def child_program(pid):
    """The further filter of a zygote's forked child whose pid is `pid`: no new process or program, no way out of its
    process group, signals to itself only.

    It repeats the denials of the jail's filter, so that a child has no network where there is no jail (it does not
    replace the other layers).
    """
    made = _Filter()
    made.refuse(DENIED)
    made.refuse(["execve", "execveat", "setsid", "setpgid"])
    made.refuse(["clone3"], NO_SUCH_CALL)
    _refuse_processes(made)
    _refuse_signals(made, pid)
    return made.program()


def install(program):
    """Puts the calling thread, and what it starts from now on, under `program`. Raises OSError."""
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    steps = ctypes.create_string_buffer(program, len(program))
    wanted = Program(len(program) // 8, ctypes.addressof(steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wanted), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "seccomp: " + os.strerror(number))
