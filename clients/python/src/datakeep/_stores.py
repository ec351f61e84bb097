"""Where a token and the place in a feed are between starts of a program."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Protocol


class TokenStore(Protocol):
    """Where an app's token is between starts. A token opens what the admin gave to the app: keep it as a password."""

    def load(self) -> str | None: ...

    def save(self, token: str, /) -> None: ...


class AsyncTokenStore(Protocol):
    """A `TokenStore` that is awaited."""

    async def load(self) -> str | None: ...

    async def save(self, token: str, /) -> None: ...


class Checkpoint(Protocol):
    """Where a follower is, between starts of the program."""

    def load(self) -> str | None: ...

    def save(self, place: str, /) -> None: ...


class AsyncCheckpoint(Protocol):
    """A `Checkpoint` that is awaited."""

    async def load(self) -> str | None: ...

    async def save(self, place: str, /) -> None: ...


class MemoryTokens:
    def __init__(self, token: str | None = None) -> None:
        self._token = token

    def load(self) -> str | None:
        return self._token

    def save(self, token: str, /) -> None:
        self._token = token


class TokenFile:
    """In a file that its owner alone may read."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def load(self) -> str | None:
        return _read(self._path)

    def save(self, token: str, /) -> None:
        _replace(self._path, token)


class CheckpointFile:
    """In a file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def load(self) -> str | None:
        return _read(self._path)

    def save(self, place: str, /) -> None:
        _replace(self._path, place)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def _replace(path: Path, text: str) -> None:
    """Renamed into place, so that a crash leaves the former text or the next."""
    following = path.with_name(f"{path.name}.next")
    # A file that a crash left could be open to others.
    following.unlink(missing_ok=True)
    with open(os.open(following, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    following.replace(path)


def is_due_for_renewal(token: str, now: float) -> bool:
    """Whether two thirds of the token's life are over.

    A token is a JWT (RFC 7519); what cannot be read is not renewed.
    """
    try:
        claims = token.split(".")[1]
        read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        issued, ends = float(read["iat"]), float(read["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return False
    return issued + (ends - issued) * 2 / 3 < now < ends
