"""The frames of ../../frames/frames.ts: `u32 body length, u8 kind, u32 id` (little endian), then the body."""

import struct

HEADER = struct.Struct("<IBI")

# To the process.
LOAD, RUN, ANSWER, REFUSAL, CHECK, RESPONSE = 1, 2, 3, 4, 5, 7
# From the process. READY, CHECKED, ENDED and OUTPUT are the zygote's own: a run's child cannot send them.
READY, CALL, LOG, RESULT, FAILED, CHECKED, FETCH, ENDED, OUTPUT = 16, 17, 18, 19, 20, 21, 22, 23, 24
FROM_CHILD = frozenset((CALL, LOG, RESULT, FAILED, FETCH))

MAX_ARGUMENT_BYTES = 4 * 1024 * 1024
# Two u32 before the parameters of a run: most bytes of its result, and of its log.
RUN_LIMITS = struct.Struct("<II")
# f64 CPU ms, u8 whether something was left over, u32 log bytes dropped.
RESULT_PREFIX = struct.Struct("<dBI")
# f64 CPU ms, u32 most resident KiB, i32 exit code, or minus the signal that ended it.
END = struct.Struct("<dIi")
HEAD_LENGTH = struct.Struct("<I")


def encode(kind, number, *parts):
    return b"".join((HEADER.pack(sum(map(len, parts)), kind, number), *parts))


def read_exactly(channel, length):
    """That many bytes, or EOFError."""
    body = bytearray(length)
    view = memoryview(body)
    while view:
        count = channel.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return body
