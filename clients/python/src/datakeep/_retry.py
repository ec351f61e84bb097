"""Which requests are sent again, and when."""

from __future__ import annotations

import random
from typing import Literal

from ._problem import KeepError, KeepUnreachable

#: `always`: the request can be repeated whatever became of it. `undone`: only where the keep says that nothing was
#: done.
Repeatable = Literal["always", "undone"]

#: With these nothing was done, whatever was asked (docs/errors.md).
_undone = frozenset(
    {
        "rate-limited",
        "run-queue-full",
        "too-many-streams",
        "overloaded",
        "storage-busy",
        "not-ready",
        "run-queue-unreachable",
    }
)
#: A search that takes too long takes as long again.
_pointless = frozenset({"query-timeout", "view-isolation-missing"})
_between_statuses = frozenset({502, 503, 504})
#: A longer wait is for the caller to decide.
_longest_wait = 60.0


def wait_before(error: Exception, attempt: int, repeatable: Repeatable) -> float | None:
    """Seconds until the request is sent again, or None where it is not. `attempt` counts from 0."""
    backoff = random.random() * min(8.0, 0.25 * 2.0**attempt)
    if isinstance(error, KeepUnreachable):
        return backoff if repeatable == "always" else None
    if not isinstance(error, KeepError) or error.code in _pointless:
        return None
    is_undone = error.code in _undone or error.status == 429
    if not is_undone and not (repeatable == "always" and error.status in _between_statuses):
        return None
    if error.retry_after is None:
        return backoff
    if error.retry_after > _longest_wait:
        return None
    # Jitter on top, so that those who were refused together do not come back together.
    return error.retry_after + random.random() * max(0.25, error.retry_after * 0.2)
