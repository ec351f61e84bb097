"""What a view returned, as strict JSON. What has no exact JSON form is refused rather than bent."""

import json
import math

MOST_DEEP = 64


class BadResult(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def serialise(value, limit):
    """UTF-8 of at most `limit` bytes. Raises BadResult with `view-result-not-json` or `view-result-too-large`."""
    walk = _Walk(limit)
    walk.look(value, 0)
    walk.check()
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        encoded = text.encode()
    except UnicodeEncodeError:
        message = "The result holds half of a surrogate pair, which is no text."
        raise BadResult("view-result-not-json", message) from None
    except (TypeError, ValueError, RecursionError):
        raise BadResult("view-result-not-json", "The result could not be written as JSON.") from None
    if len(encoded) > limit:
        raise _too_large(limit)
    return encoded


def parse_printed(text, limit):
    """What a script printed. Raises ValueError when that is no JSON, BadResult as `serialise`."""

    def refuse(constant):
        raise ValueError(constant + " is no JSON")

    repeated = False

    def members(pairs):
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    try:
        value = json.loads(text, parse_constant=refuse, object_pairs_hook=members)
    except RecursionError:
        raise BadResult("view-result-not-json", _too_deep()) from None
    if repeated:
        raise BadResult("view-result-not-json", "The result has an object with a member twice.")
    return serialise(value, limit)


def _too_large(limit):
    return BadResult("view-result-too-large", "The result is larger than %d bytes." % limit)


def _too_deep():
    return "The result is nested deeper than %d levels." % MOST_DEEP


def _no_json(what):
    return BadResult("view-result-not-json", "The result holds %s, which JSON cannot express." % what)


class _Walk:
    """Stops as soon as the value is known to be too large or no JSON, so that a huge one is not written first."""

    def __init__(self, limit):
        self._limit = limit
        self._size = 0
        self._holders = set()

    def check(self):
        if self._size > self._limit:
            raise _too_large(self._limit)

    def look(self, part, depth):
        self.check()
        if isinstance(part, str):
            self._size += len(part) + 2
        elif part is None or isinstance(part, bool):
            self._size += 4
        elif isinstance(part, int):
            self._look_at_integer(part)
        elif isinstance(part, float):
            if not math.isfinite(part):
                raise _no_json(float.__repr__(part))
            self._size += 3
        elif isinstance(part, (dict, list, tuple)):
            self._look_into(part, depth)
        else:
            raise _no_json("a value of type %s" % type(part).__name__)

    def _look_at_integer(self, part):
        try:
            exact = int(float(part)) == part
        except OverflowError:
            exact = False
        if not exact:
            raise _no_json("an integer that is no exact double (return it as text)")
        self._size += 1

    def _look_into(self, part, depth):
        if depth >= MOST_DEEP:
            raise BadResult("view-result-not-json", _too_deep())
        if id(part) in self._holders:
            raise BadResult("view-result-not-json", "The result holds itself (a cycle).")
        self._holders.add(id(part))
        if isinstance(part, dict):
            for key, value in part.items():
                if not isinstance(key, str):
                    raise _no_json("a key of type %s (use str(key))" % type(key).__name__)
                self._size += len(key) + 4
                self.look(value, depth + 1)
        else:
            for value in part:
                self._size += 1
                self.look(value, depth + 1)
        self._holders.discard(id(part))
