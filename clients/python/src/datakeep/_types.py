"""Written by scripts/generated-types.ts from docs/openapi/app.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

BulkLine: TypeAlias = "BulkProgress | BulkSummary | BulkStop"
ChangeChange = Literal["created", "modified", "deleted"]
Comparison: TypeAlias = "Scalar | Operators"
Filter: TypeAlias = "dict[str, Any]"
Group: TypeAlias = "dict[str, Any]"
GroupKeyInterval = Literal["minute", "hour", "day", "week", "month", "year"]
GroupSortKeyDirection = Literal["ascending", "descending"]
IngestEventsItemStatus = Literal["created", "duplicate"]
IsolationLevel = Literal["os", "language", "foreign"]
MeasureOp = Literal["count", "sum", "avg", "min", "max", "distinct"]
PermissionStatus = Literal["pending", "approved", "denied", "revoked", "expired"]
RequestPermissionRightsItem = Literal["read", "create", "modify", "delete"]
Right = Literal["read", "create", "modify", "delete"]
RunLogLineLevel = Literal["debug", "info", "warn", "error"]
RunState = Literal["queued", "running", "succeeded", "failed", "timed-out", "cancelled"]
Scalar: TypeAlias = "str | float | bool | None"
SortKeyDirection = Literal["ascending", "descending"]


class Aggregation(TypedDict):
    profile: str
    filter: NotRequired[Filter]
    groupBy: NotRequired[list[GroupKey]]
    measures: Mapping[str, Measure]
    sort: NotRequired[list[GroupSortKey]]
    limit: NotRequired[int]


class AppUsedProfiles(TypedDict):
    used: int
    limit: int


class AppUsedProfileBytes(TypedDict):
    used: int
    limit: int


class AppUsedPendingPermissions(TypedDict):
    used: int
    limit: int


class AppUsedPermissions(TypedDict):
    used: int
    limit: int


class AppUsedTokens(TypedDict):
    used: int
    limit: int


class AppUsedViewInstances(TypedDict):
    used: int
    limit: int


class AppUsedQueuedRuns(TypedDict):
    used: int
    limit: int


class AppUsedRunsPerDay(TypedDict):
    used: int
    limit: int


class AppUsedRowsPerMinute(TypedDict):
    used: int
    limit: int


class AppUsedEvents(TypedDict):
    used: int
    limit: int


class AppUsedEventBytes(TypedDict):
    used: int
    limit: int


class AppUsed(TypedDict):
    profiles: AppUsedProfiles
    profileBytes: AppUsedProfileBytes
    pendingPermissions: AppUsedPendingPermissions
    permissions: AppUsedPermissions
    tokens: AppUsedTokens
    viewInstances: AppUsedViewInstances
    queuedRuns: AppUsedQueuedRuns
    runsPerDay: AppUsedRunsPerDay
    rowsPerMinute: AppUsedRowsPerMinute
    events: NotRequired[AppUsedEvents]
    eventBytes: NotRequired[AppUsedEventBytes]


class Associate(TypedDict):
    associationToken: str
    name: str
    origins: NotRequired[list[str]]


class Association(TypedDict):
    appId: str
    name: str
    token: str
    expiresAt: str | None


class BulkCount(TypedDict):
    lines: int
    accepted: int
    duplicates: int


class BulkProgress(TypedDict):
    progress: BulkCount


class BulkStop(TypedDict):
    problem: Problem
    line: NotRequired[int]
    stored: BulkCount


class BulkSummary(TypedDict):
    summary: BulkCount


class Change(TypedDict):
    change: ChangeChange
    event: ChangedEvent
    place: str


class ChangePage(TypedDict):
    items: list[Change]
    next: str


class ChangedEvent(TypedDict):
    id: str
    metadata: EventMetadata
    payload: NotRequired[dict[str, Any]]


class CreateViewInstance(TypedDict):
    viewTemplateId: str
    configuration: NotRequired[Any]


class Event(TypedDict):
    id: str
    metadata: EventMetadata
    payload: dict[str, Any]


class EventList(TypedDict):
    items: list[Event]
    nextCursor: str | None
    count: NotRequired[int]


class EventMetadata(TypedDict):
    identifier: NotRequired[str]
    profile: str
    source: str
    createdDate: str
    acceptedDate: str
    version: int
    modifiedBy: NotRequired[str]


class EventModification(TypedDict):
    payload: dict[str, Any]


class EventQuery(TypedDict):
    profile: str
    filter: NotRequired[Filter]
    sort: NotRequired[list[SortKey]]
    fields: NotRequired[list[str]]
    limit: NotRequired[int]
    cursor: NotRequired[str | None]


class GroupKey(TypedDict):
    field: str
    interval: NotRequired[GroupKeyInterval]
    timeZone: NotRequired[str]


class GroupSortKey(TypedDict):
    by: str
    direction: NotRequired[GroupSortKeyDirection]


class Groups(TypedDict):
    groups: list[Group]
    truncated: bool


class IngestEventsItem(TypedDict):
    id: str
    acceptedDate: str
    status: IngestEventsItemStatus


class Ingest(TypedDict):
    accepted: int
    duplicates: int
    events: NotRequired[list[IngestEventsItem]]


class Isolation(TypedDict):
    level: IsolationLevel
    layers: list[str]
    where: NotRequired[str]
    unconfined: NotRequired[bool]


class LibraryProfile(TypedDict):
    name: str
    title: str
    description: str
    schema: dict[str, Any]


class Me(TypedDict):
    appId: str
    name: str
    tokenExpiresAt: str | None
    permissions: list[Permission]
    viewInstances: list[ViewInstance]
    limits: AppUsed


class Measure(TypedDict):
    op: MeasureOp
    field: NotRequired[str]


class NeededPermission(TypedDict):
    profile: str
    rights: list[Right]


class NewEventMetadata(TypedDict):
    profile: str
    createdDate: NotRequired[str]
    identifier: NotRequired[str]


class NewEvent(TypedDict):
    metadata: NewEventMetadata
    payload: dict[str, Any]


class NewEvents(TypedDict):
    events: list[NewEvent]


Operators = TypedDict(
    "Operators",
    {
        "eq": "NotRequired[Scalar]",
        "ne": "NotRequired[Scalar]",
        "lt": "NotRequired[str | float]",
        "lte": "NotRequired[str | float]",
        "gt": "NotRequired[str | float]",
        "gte": "NotRequired[str | float]",
        "in": "NotRequired[list[Scalar]]",
        "nin": "NotRequired[list[Scalar]]",
        "exists": "NotRequired[bool]",
        "prefix": "NotRequired[str]",
        "contains": "NotRequired[str]",
    },
)


class Permission(TypedDict):
    id: str
    appId: str
    viewInstanceId: NotRequired[str]
    profile: str
    requested: list[Right]
    granted: list[Right]
    message: str
    status: PermissionStatus
    reason: NotRequired[str]
    requestedAt: str
    decidedAt: NotRequired[str]
    expiresAt: NotRequired[str]


class PermissionList(TypedDict):
    items: list[Permission]
    nextCursor: str | None
    count: NotRequired[int]


class Problem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: NotRequired[list[ProblemPlace]]


class ProblemPlace(TypedDict):
    index: NotRequired[int]
    line: NotRequired[int]
    pointer: str
    detail: str
    code: str


class Profile(TypedDict):
    name: str
    schema: dict[str, Any] | bool
    createdAt: str


class ProfileLibrary(TypedDict):
    items: list[LibraryProfile]


class ProfileList(TypedDict):
    items: list[Profile]
    nextCursor: str | None
    count: NotRequired[int]


class RegisterProfile(TypedDict):
    name: str
    schema: NotRequired[dict[str, Any] | bool]


class RequestPermission(TypedDict):
    profile: str
    rights: list[RequestPermissionRightsItem]
    message: str


class Run(TypedDict):
    id: str
    viewInstanceId: str
    templateVersion: int
    state: RunState
    result: NotRequired[Any]
    error: NotRequired[RunError]
    logs: list[RunLogLine]
    attempts: int
    isolation: NotRequired[Isolation]
    usage: NotRequired[RunUsage]
    createdAt: str
    startedAt: NotRequired[str]
    finishedAt: NotRequired[str]


class RunError(TypedDict):
    code: str
    message: str
    file: NotRequired[str]
    line: NotRequired[int]
    limit: NotRequired[float]
    used: NotRequired[float]


class RunList(TypedDict):
    items: list[Run]
    nextCursor: str | None
    count: NotRequired[int]


class RunLogLine(TypedDict):
    at: str
    level: RunLogLineLevel
    text: str


class RunUsage(TypedDict):
    wallMs: float
    cpuMs: float
    peakMemoryMiB: float
    eventsRead: int
    eventsWritten: int
    bytesRead: int
    logBytesDropped: int
    logBytes: NotRequired[int]
    resultBytes: NotRequired[int]


class SortKey(TypedDict):
    field: str
    direction: NotRequired[SortKeyDirection]


class StartRun(TypedDict):
    clientCustomData: NotRequired[Any]


class Token(TypedDict):
    token: str
    expiresAt: str | None


class ViewInstance(TypedDict):
    id: str
    appId: str
    viewTemplateId: str
    templateVersion: int
    nextTemplateVersion: NotRequired[int]
    configuration: Any
    createdAt: str
    permissions: NotRequired[list[Permission]]


class ViewInstanceList(TypedDict):
    items: list[ViewInstance]
    nextCursor: str | None
    count: NotRequired[int]


class ViewTemplateLimits(TypedDict):
    wallTimeMs: NotRequired[int]
    cpuTimeMs: NotRequired[int]
    memoryMiB: NotRequired[int]
    processes: NotRequired[int]
    resultBytes: NotRequired[int]
    logBytes: NotRequired[int]
    inputEvents: NotRequired[int]
    inputBytes: NotRequired[int]


class ViewTemplate(TypedDict):
    id: str
    name: str
    description: NotRequired[str]
    runtime: str
    permissions: list[NeededPermission]
    limits: NotRequired[ViewTemplateLimits]
    createdAt: str
    version: int


class ViewTemplateList(TypedDict):
    items: list[ViewTemplate]
    nextCursor: str | None
    count: NotRequired[int]
