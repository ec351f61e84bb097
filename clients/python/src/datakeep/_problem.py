"""How the keep refuses, and how it is told that no answer came."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from ._codes import ProblemCode
from ._types import Problem, ProblemPlace


class Copied(Exception):
    """Comes whole out of another process, such as one of `concurrent.futures`.

    By itself Python would call the class with the message.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _copy, (type(self), self.args), self.__dict__


def _copy(kind: type[Exception], args: tuple[object, ...]) -> Exception:
    return kind.__new__(kind, *args)


class KeepError(Copied):
    """The keep refused: an RFC 9457 problem document.

    `code` is one of docs/errors.md, which says what each means and what to do; a keep of a later release may have
    others.
    """

    code: str
    status: int
    title: str
    detail: str
    #: What is wrong where, for bad input; at most 20.
    errors: Sequence[ProblemPlace]
    #: The keep's log has it.
    request_id: str
    #: When the keep wants to be asked again, in seconds.
    retry_after: float | None

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        self.code = problem["code"]
        self.status = problem["status"]
        self.title = problem["title"]
        self.detail = problem["detail"]
        self.errors = problem.get("errors", [])
        self.request_id = problem["instance"]
        self.retry_after = retry_after
        super().__init__(f"{self.code} ({self.status}): {_said(problem)}")

    def is_(self, *codes: ProblemCode) -> bool:
        """Whether it has one of these codes; a type checker knows them."""
        return self.code in codes


class KeepUnreachable(Copied):
    """No answer of the keep came: no connection, one that broke off, or none in time.

    Whether it was done is unknown.
    """

    code = "unreachable"

    def __init__(self, what: str, cause: BaseException | None = None) -> None:
        reason = "" if cause is None else f" ({str(cause) or type(cause).__name__})"
        super().__init__(f"{what}: no answer of the keep{reason}")
        self.__cause__ = cause


class ClientClosed(Copied, RuntimeError):
    """The client was closed while it waited."""

    def __init__(self) -> None:
        super().__init__("The client is closed.")


def _said(problem: Problem) -> str:
    """What is wrong, each place once: `detail` repeats the first of them."""
    said = problem["detail"] or problem["title"]
    errors = problem.get("errors", [])
    if not errors:
        return said
    is_repeated = said.endswith(errors[0]["detail"])
    if is_repeated and len(errors) == 1:
        return _placed(errors[0])
    return "\n  ".join([problem["title"] if is_repeated else said, *map(_placed, errors)])


def _placed(place: ProblemPlace) -> str:
    entry = f"event {place['index']}" if "index" in place else f"line {place['line']}" if "line" in place else ""
    where = " ".join(part for part in (entry, place["pointer"]) if part) or "The body"
    return f"{where}: {place['detail']}"


def error_of(status: int, reason: str, headers: Mapping[str, str], body: bytes) -> KeepError:
    problem = _problem_in(body) or _foreign_problem(status, reason, headers)
    return KeepError(problem, _retry_after_of(headers))


def _problem_in(body: bytes) -> Problem | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("code"), str)
        or not isinstance(value.get("status"), int)
    ):
        return None
    missing = {"type": "about:blank", "title": value["code"], "detail": "", "instance": ""}
    return cast(Problem, {**missing, **value})


def _foreign_problem(status: int, reason: str, headers: Mapping[str, str]) -> Problem:
    """An answer of something between, such as a proxy."""
    return {
        "type": "about:blank",
        "title": reason or f"status {status}",
        "status": status,
        "detail": "The answer is no problem document.",
        "instance": headers.get("x-request-id", ""),
        "code": "unknown",
    }


def _retry_after_of(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after")
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date.tzinfo else None
