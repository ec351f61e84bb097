# Made from ../_async/views.py by scripts/generated-types.ts.
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .._rights import PermittedView, permitted_view
from .._types import Run, RunState, ViewInstance, ViewTemplate
from .connection import Connection, Sent
from .list import List, listed

_first_look = 0.1
_longest_look = 2.0
#: At a decision, which may take hours.
_longest_wait = 10.0
_absent: Any = object()


class Views:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def templates(self, *, page_size: int | None = None, limit: int | None = None) -> List[ViewTemplate]:
        return listed(self._connection, "/app/v1/view-templates", page_size, limit)

    def instances(self, *, page_size: int | None = None, limit: int | None = None) -> List[ViewInstance]:
        return listed(self._connection, "/app/v1/view-instances", page_size, limit)

    def create_instance(self, view_template_id: str, configuration: Any = None) -> ViewInstance:
        """Makes an instance of a template; its permissions wait for the admin (`permitted`)."""
        made = {"viewTemplateId": view_template_id, "configuration": configuration}
        instance: ViewInstance = self._connection.ask(Sent("POST", "/app/v1/view-instances", "undone", json=made))
        return instance

    def get_instance(self, id: str) -> ViewInstance:
        instance: ViewInstance = self._connection.ask(Sent("GET", _path("view-instances", id), "always"))
        return instance

    def permitted(
        self,
        id: str,
        *,
        timeout: float | None = None,
        on_waiting: Callable[[], None] | None = None,
    ) -> PermittedView:
        """Returns when the admin has decided on every right that the instance needs.

        That may be hours later; after `timeout` seconds it raises TimeoutError. `on_waiting` is called where it is not
        decided yet.
        """
        ends = None if timeout is None else time.monotonic() + timeout
        look = _first_look
        while True:
            instance = self.get_instance(id)
            view = permitted_view(instance.get("permissions", []))
            if all(one["status"] != "pending" for one in view["missing"]):
                return view
            if on_waiting is not None and look == _first_look:
                on_waiting()
            if ends is not None and time.monotonic() >= ends:
                raise TimeoutError(f"The rights of the view instance {id} are not decided yet.")
            self._connection.pause(look if ends is None else min(look, max(0.0, ends - time.monotonic())))
            look = min(look * 1.5, _longest_wait)

    def delete_instance(self, id: str) -> None:
        self._connection.ask(Sent("DELETE", _path("view-instances", id), "undone"))

    def run(self, view_instance_id: str, *, client_custom_data: Any = _absent, wait: float = 0) -> Run:
        """Runs the code of an instance. A run that failed returns too: its `state` says so, and `error` why.

        `client_custom_data` is any JSON value, which comes to the view's code as `clientCustomData`. `wait`: seconds to
        wait for its end, at most 30; a run that takes longer is returned unfinished.
        """
        run: Run = self._connection.ask(
            Sent(
                "POST",
                f"{_path('view-instances', view_instance_id)}/runs",
                "undone",
                json={} if client_custom_data is _absent else {"clientCustomData": client_custom_data},
                headers={"prefer": f"wait={round(wait)}" if wait > 0 else None},
                extra=wait,
            ),
        )
        return run

    def finished(self, run_id: str) -> Run:
        """The run once it has ended."""
        look = _first_look
        while True:
            run = self.get_run(run_id)
            if run["state"] not in ("queued", "running"):
                return run
            self._connection.pause(look)
            look = min(look * 1.5, _longest_look)

    def get_run(self, id: str) -> Run:
        run: Run = self._connection.ask(Sent("GET", _path("runs", id), "always"))
        return run

    def runs(
        self,
        *,
        state: RunState | None = None,
        view_instance: str | None = None,
        view_template: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
    ) -> List[Run]:
        """Newest first. `from_` (inclusive) and `to` (exclusive) are on `createdAt`."""
        query = {"state": state, "viewInstance": view_instance, "viewTemplate": view_template, "from": from_, "to": to}
        return listed(self._connection, "/app/v1/runs", page_size, limit, query)

    def cancel(self, run_id: str) -> Run:
        run: Run = self._connection.ask(Sent("POST", f"{_path('runs', run_id)}/cancel", "undone"))
        return run


def _path(resource: str, id: str) -> str:
    return f"/app/v1/{resource}/{quote(id, safe='')}"
