/**
 * A process of the user that it is started as: opens both runtimes as a keep does, lets them prove their isolation,
 * runs views that try every system call of the jail's lists, and prints the results as one line of JSON. Its argument,
 * if there is one, is the newest Landlock ABI that the jail may use.
 */
import { readFile } from 'node:fs/promises';
import { JailLauncher } from '@datakeep/execution';
import { openJavaScriptService, openPythonService } from '@datakeep/execution/testing';

const table = await readFile(new URL('../../libs/execution/src/jail/seccomp.py', import.meta.url), 'utf8');
const calls = `
import ctypes, errno, os, platform, socket, threading
import table

def main(parameters, keep):
    libc = ctypes.CDLL(None, use_errno=True)
    column = 0 if platform.machine() == "x86_64" else 1
    def call(number, *values):
        ctypes.set_errno(0)
        result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(value) for value in values])
        return "passed" if result >= 0 else errno.errorcode[ctypes.get_errno()]
    found = {name: call(numbers[column], 0, 0, 0, 0, 0, 0) for name, numbers in table.DENIED.items()
        if numbers[column] is not None}
    judged = {name: numbers[column] for name, numbers in table.JUDGED.items()}
    special = {
        "fork": call(judged["clone"], 17, 0, 0, 0, 0),
        "a user namespace": call(judged["clone"], 0x10000000 | 17, 0, 0, 0, 0),
        "clone3": call(judged["clone3"], 0, 0),
        "a signal to the supervisor": call(judged["kill"], parameters["supervisor"], 0),
        "a signal to the group": call(judged["kill"], 0, 0),
        "a signal to a thread elsewhere": call(judged["tgkill"], parameters["supervisor"], parameters["supervisor"], 0),
        "limits of another process": call(judged["prlimit64"], parameters["supervisor"], 7, 0, 0),
        "surviving the supervisor": call(judged["prctl"], 1, 0, 0, 0, 0),
        "a datagram socket": call(judged["socketpair"], 1, 2, 0, 0),
        "a session of its own": call(judged["setsid"]),
        "a group of its own": call(judged["setpgid"], 0, 0),
        "a program": call(judged["execve"], 0, 0, 0),
    }
    one, other = socket.socketpair()
    kernel = {"fcntl": 72 if column == 0 else 25, "ioctl": 16 if column == 0 else 29}
    pid = ctypes.c_int(parameters["supervisor"])
    owner = ctypes.c_int * 2
    signals = {
        "F_SETOWN": call(kernel["fcntl"], one.fileno(), 8, parameters["supervisor"]),
        "F_SETSIG": call(kernel["fcntl"], one.fileno(), 10, 23),
        "F_SETOWN_EX": call(kernel["fcntl"], one.fileno(), 15, ctypes.addressof(owner(1, parameters["supervisor"]))),
        "F_NOTIFY": call(kernel["fcntl"], os.open("/usr/lib", os.O_RDONLY), 1026, 0x80000002),
        "FIOSETOWN": call(kernel["ioctl"], one.fileno(), 0x8901, ctypes.addressof(pid)),
        "SIOCSPGRP": call(kernel["ioctl"], one.fileno(), 0x8902, ctypes.addressof(pid)),
        # The filter looks at 32 bits, as the kernel does.
        "F_SETOWN beyond 32 bits": call(kernel["fcntl"], one.fileno(), (1 << 32) | 8, parameters["supervisor"]),
    }
    harmless = [call(kernel["fcntl"], one.fileno(), 3, 0),
        call(kernel["ioctl"], one.fileno(), 0x541B, ctypes.addressof(pid))]
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    pair = socket.socketpair()
    return {"refused": found, "special": special, "signals": signals, "harmless": harmless, "uid": os.getuid()}
`;

const landlockAbi = process.argv[2];
const settings = () => ({
  selfTest: true,
  allowUnconfined: false,
  ...(landlockAbi === undefined ? {} : { launcher: new JailLauncher({ landlockAbi: Number(landlockAbi) }) }),
});
const javascript = await openJavaScriptService(settings());
const python = await openPythonService(settings());
try {
  await javascript.service.prove();
  const id = await python.upload([
    { path: 'main.py', content: calls },
    { path: 'table.py', content: table },
  ]);
  const outcome = await python.run(id, { parametersJson: JSON.stringify({ supervisor: process.pid }) });
  const told = { reports: [await javascript.service.report(), await python.service.report()], outcome };
  process.stdout.write(`${JSON.stringify(told)}\n`);
} finally {
  await javascript.close();
  await python.close();
}
