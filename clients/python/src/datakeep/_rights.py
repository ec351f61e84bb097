"""Which rights an app has, and for which it has to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from ._types import Permission

Right = Literal["read", "create", "modify", "delete"]


class GrantedRights(TypedDict):
    #: Of the wanted ones.
    granted: list[Right]
    #: Of the wanted ones: denied, or revoked.
    missing: list[Right]
    #: Why, where the admin said so.
    reason: str | None


class PermittedView(TypedDict):
    """Whether an instance may run."""

    #: Of each profile that it needs and has no right on, what was decided: denied, revoked or expired. None: it may.
    missing: list[Permission]


def permitted_view(permissions: Sequence[Permission]) -> PermittedView:
    # Of one profile several may have been asked for, and one is enough.
    approved = {one["profile"] for one in permissions if one["status"] == "approved"}
    return {"missing": [one for one in permissions if one["profile"] not in approved]}


def rights_to_ask(known: Sequence[Permission], wanted: Sequence[Right], again: bool) -> list[Right]:
    granted = {right for one in known for right in _granted_of(one)}
    asked = {right for one in known if one["status"] == "pending" for right in one["requested"]}
    refused = set[Right]() if again else {right for one in known for right in _refused_of(one)}
    return [right for right in wanted if right not in granted | asked | refused]


def granted_rights(decided: Sequence[Permission], wanted: Sequence[Right]) -> GrantedRights:
    has = {right for one in decided for right in _granted_of(one)}
    missing = [right for right in wanted if right not in has]
    about = [one for one in decided if any(right in missing for right in one["requested"])]
    reason = about[-1].get("reason") if about else None
    return {"granted": [right for right in wanted if right in has], "missing": missing, "reason": reason}


def _granted_of(permission: Permission) -> Sequence[Right]:
    return permission["granted"] if permission["status"] == "approved" else []


def _refused_of(permission: Permission) -> Sequence[Right]:
    """What was decided against; of a request that was granted in part, the rest."""
    if permission["status"] in ("denied", "revoked"):
        return permission["requested"]
    if permission["status"] == "approved":
        return [right for right in permission["requested"] if right not in permission["granted"]]
    return []
