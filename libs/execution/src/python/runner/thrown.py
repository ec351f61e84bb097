"""The report of an exception that view code did not catch: its message and its position in the view's own files."""

import traceback

MOST_MESSAGE = 4096


def describe(error, code, files):
    """`{ code, message, file?, line? }`. Never raises."""
    told = {"code": code, "message": _words(error)}
    try:
        if isinstance(error, SyntaxError) and error.filename in files:
            told["file"], told["line"] = error.filename, error.lineno or 1
            return told
        for frame, line in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename in files:
                told["file"], told["line"] = frame.f_code.co_filename, line
    except Exception:
        return told
    return told


def own_traceback(error, files):
    """Its traceback, with the frames in the view's files only; empty when there is none."""
    try:
        told = traceback.TracebackException.from_exception(error, limit=None)
        _keep_own(told, files, set())
        return "".join(told.format()).rstrip("\n")
    except Exception:
        return ""


def _keep_own(told, files, seen):
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    told.stack = traceback.StackSummary.from_list([frame for frame in told.stack if frame.filename in files])
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        _keep_own(other, files, seen)


def _words(error):
    try:
        name, text = type(error).__name__, str(error)
    except Exception:
        return "The view raised an exception that cannot be read."
    words = text if type(error) is Exception and text else ("%s: %s" % (name, text) if text else name)
    return words if len(words) <= MOST_MESSAGE else words[:MOST_MESSAGE] + "…"
