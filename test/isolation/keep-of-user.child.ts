/**
 * A process of the user that it is started as: opens both runtimes as a keep does, lets them prove their isolation, runs views that try every system call of the jail's lists, and prints
 * what came of it as one line of JSON.
 */
import { readFile } from 'node:fs/promises';
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
    found = {name: call(numbers[column], 0, 0, 0, 0, 0, 0) for name, numbers in table.DENIED.items() if numbers[column] is not None}
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
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    pair = socket.socketpair()
    return {"refused": found, "special": special, "uid": os.getuid()}
`;

const settings = { selfTest: true, allowUnconfined: false };
const javascript = await openJavaScriptService(settings);
const python = await openPythonService(settings);
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
