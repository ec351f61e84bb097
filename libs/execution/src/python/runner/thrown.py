"""The report of an exception that view code did not catch: its message and its position in the view's own files."""

import traceback

MOST_MESSAGE = 4096


def describe(error, code, files):
    """`{ code, message, file?, line? }`. Never raises."""
    failure = {"code": code, "message": _words(error)}
    try:
        if isinstance(error, SyntaxError) and error.filename in files:
            failure["file"], failure["line"] = error.filename, error.lineno or 1
            return failure
        for frame, line in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename in files:
                failure["file"], failure["line"] = frame.f_code.co_filename, line
    except Exception:
        return failure
    return failure


def own_traceback(error, files):
    """Its traceback, with the frames in the view's files only; empty when there is none."""
    try:
        trace = traceback.TracebackException.from_exception(error, limit=None)
        _keep_own(trace, files, set())
        return "".join(trace.format()).rstrip("\n")
    except Exception:
        return ""


def _keep_own(trace, files, seen):
    if trace is None or id(trace) in seen:
        return
    seen.add(id(trace))
    trace.stack = traceback.StackSummary.from_list([frame for frame in trace.stack if frame.filename in files])
    for other in (trace.__cause__, trace.__context__, *(getattr(trace, "exceptions", None) or ())):
        _keep_own(other, files, seen)


def _words(error):
    try:
        name, text = type(error).__name__, str(error)
    except Exception:
        return "The view raised an exception that cannot be read."
    words = text if type(error) is Exception and text else ("%s: %s" % (name, text) if text else name)
    return words if len(words) <= MOST_MESSAGE else words[:MOST_MESSAGE] + "…"
