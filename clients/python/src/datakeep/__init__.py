"""Client of a Datakeep, a self-hosted personal data store: consent, events, views."""

from ._async.datakeep import AsyncDatakeep
from ._async.list import AsyncList
from ._async.outbox import AsyncOutbox
from ._codes import ProblemCode
from ._ingest_stopped import IngestStopped, IngestSummary
from ._new_event import NewEvent, ProfileRef
from ._outbox_rules import OutboxFull, OutboxOptions, Refusal, RefusedOutboxEvent
from ._outbox_store import AddedEvent, MemoryOutbox, OutboxStore, RefusedEvent, SqliteOutbox, WaitingEvent
from ._problem import ClientClosed, KeepError, KeepUnreachable
from ._rights import GrantedRights, PermittedView, Right
from ._stores import AsyncCheckpoint, AsyncTokenStore, Checkpoint, CheckpointFile, MemoryTokens, TokenFile, TokenStore
from ._sync.datakeep import Datakeep
from ._sync.list import List, Page
from ._sync.outbox import Outbox
from ._types import (
    Change,
    Event,
    Filter,
    GroupKey,
    Groups,
    GroupSortKey,
    Ingest,
    Me,
    Measure,
    Permission,
    Problem,
    ProblemPlace,
    Profile,
    Run,
    SortKey,
    ViewInstance,
    ViewTemplate,
)

__all__ = [
    "AddedEvent",
    "AsyncCheckpoint",
    "AsyncDatakeep",
    "AsyncList",
    "AsyncOutbox",
    "AsyncTokenStore",
    "Change",
    "Checkpoint",
    "CheckpointFile",
    "ClientClosed",
    "Datakeep",
    "Event",
    "Filter",
    "GrantedRights",
    "GroupKey",
    "GroupSortKey",
    "Groups",
    "Ingest",
    "IngestStopped",
    "IngestSummary",
    "KeepError",
    "KeepUnreachable",
    "List",
    "Me",
    "Measure",
    "MemoryOutbox",
    "MemoryTokens",
    "NewEvent",
    "Outbox",
    "OutboxFull",
    "OutboxOptions",
    "OutboxStore",
    "Page",
    "Permission",
    "PermittedView",
    "Problem",
    "ProblemCode",
    "ProblemPlace",
    "Profile",
    "ProfileRef",
    "Refusal",
    "RefusedEvent",
    "RefusedOutboxEvent",
    "Right",
    "Run",
    "SortKey",
    "SqliteOutbox",
    "TokenFile",
    "TokenStore",
    "ViewInstance",
    "ViewTemplate",
    "WaitingEvent",
]
