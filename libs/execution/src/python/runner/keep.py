"""`keep`, the second argument of a view: the events as this view instance may see them."""

import json

import frames
from channel import Refused

# In the order of `brokerMethods` of the contracts.
METHODS = ("query", "aggregate", "create", "modify", "delete")


class KeepError(Exception):
    """What the keep refused. `code` is the problem's code (docs/errors.md), `message` says more."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def _frame(method, arguments):
    try:
        text = json.dumps(arguments, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise KeepError("invalid", "The arguments are no JSON: %s" % error) from None
    if len(text) > frames.MAX_ARGUMENT_BYTES:
        raise KeepError("body-too-large", "The arguments of one call may take %d bytes." % frames.MAX_ARGUMENT_BYTES)
    return frames.CALL, bytes((METHODS.index(method),)), text


class _Events:
    """Plain calls: each returns what the keep answers. Raise KeepError."""

    def __init__(self, channel, before_call):
        self._channel, self._before_call = channel, before_call

    def _ask(self, method, *arguments):
        frame = _frame(method, arguments)
        self._before_call()
        try:
            return json.loads(self._channel.ask(*frame))
        except Refused as refused:
            raise KeepError(refused.code, refused.message) from None

    def query(self, query):
        """`{ "items": […], "nextCursor": … }` of a query as over HTTP."""
        return self._ask("query", query)

    def aggregate(self, aggregation):
        """`{ "groups": […], "truncated": … }`."""
        return self._ask("aggregate", aggregation)

    def create(self, events):
        """Stores a list of events, all or none."""
        return self._ask("create", events)

    def modify(self, id, payload, version=None):
        """The event with its new payload; `version`: only if it is still of that one."""
        return self._ask("modify", id, payload, *([] if version is None else [version]))

    def delete(self, id):
        return self._ask("delete", id)


class _AsyncEvents(_Events):
    """The same, to be awaited."""

    async def _ask(self, method, *arguments):
        frame = _frame(method, arguments)
        self._before_call()
        try:
            return json.loads(await self._channel.ask_async(*frame))
        except Refused as refused:
            raise KeepError(refused.code, refused.message) from None


class Keep:
    Error = KeepError

    def __init__(self, channel, before_call, awaited):
        self.events = (_AsyncEvents if awaited else _Events)(channel, before_call)
