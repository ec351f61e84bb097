"""A Data Storage that is no part of Datakeep: docs/api.md's /storage/v1 in Python's standard library, in memory.

    STORAGE_KEY=... python3 storage.py PORT     (0: a free one; the first line printed is the URL)
"""

import base64
import datetime
import fractions
import functools
import hmac
import http.server
import json
import os
import re
import sys
import threading
import urllib.parse
import zoneinfo

KEY = os.environ["STORAGE_KEY"]
LOCK = threading.Lock()
EVENTS = {}  # id -> the event as read
CHANGES = []  # (change, the event as it was); a change's number is its place, from 1
SAMENESS = {}  # (source, profile, identifier) -> (id, digest)


class Refusal(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


def instant(text):
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def name_of(event):
    meta = event["metadata"]
    return (meta["source"], meta["profile"], meta.get("identifier"))


def append(events):
    """All or nothing; one living event for each (source, profile, identifier)."""
    added, names, results = {}, {}, []
    for event in events:
        digest, given = event.pop("digest", None), event.pop("createdDateGiven", False)
        name = name_of(event)
        twin = names.get(name) or SAMENESS.get(name)
        if name[2] is None or twin is None:
            added[event["id"]] = event
            if name[2] is not None:
                names[name] = (event["id"], digest)
            results.append(result(event, "created"))
            continue
        first = added.get(twin[0]) or EVENTS[twin[0]]
        dates = [instant(one["metadata"]["createdDate"]) for one in (first, event)]
        same = twin[1] == digest and (not given or dates[0] == dates[1])
        results.append(result(first, "duplicate" if same else "conflict"))
    if all(one["status"] != "conflict" for one in results):
        EVENTS.update(added)
        SAMENESS.update(names)
        CHANGES.extend(("created", event) for event in added.values())
    return {"results": results}


def restore(events):
    """The same for events as they once were: the id decides what is the same."""
    added, names, results = {}, {}, []
    for event in events:
        digest = event.pop("digest", None)
        event.pop("createdDateGiven", None)
        name, there = name_of(event), EVENTS.get(event["id"])
        if there is not None:
            results.append(result(there, "duplicate" if there == event else "conflict"))
        elif name[2] is not None and (name in names or name in SAMENESS):
            results.append(result(event, "conflict"))
        else:
            added[event["id"]] = event
            if name[2] is not None:
                names[name] = (event["id"], digest)
            results.append(result(event, "created"))
    if all(one["status"] != "conflict" for one in results):
        EVENTS.update(added)
        SAMENESS.update(names)
        CHANGES.extend(("created", event) for event in added.values())
    return {"results": results}


def result(event, status):
    return {"id": event["id"], "acceptedDate": event["metadata"]["acceptedDate"], "status": status}


def values(event, field):
    """Every value that the path leads to; of a list on the way, each element is tried, one level for each step."""
    root, *steps = field.split(".")
    found = [event[root]]
    for index, step in enumerate(steps):
        holders = []
        for value in found:
            holders += value if index > 0 and isinstance(value, list) else [value]
        found = [holder[step] for holder in holders if isinstance(holder, dict) and step in holder]
    if root == "metadata" and field.endswith("Date"):
        return [instant(value) for value in found]
    return found


def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


ORDER = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b, "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b}


def compare(operator, actual, wanted):
    if operator == "in":
        return any(compare("eq", actual, one) for one in wanted)
    if kind(actual) != kind(wanted):
        return False
    if operator == "eq":
        return actual == wanted
    if operator in ("prefix", "contains"):
        return isinstance(actual, str) and (actual.startswith(wanted) if operator == "prefix" else wanted in actual)
    return kind(actual) in ("number", "str") and ORDER[operator](actual, wanted)


def condition(event, field, operator, wanted):
    if operator in ("ne", "nin"):
        return not condition(event, field, "eq" if operator == "ne" else "in", wanted)
    found = values(event, field)
    if operator == "exists":
        return bool(found) == wanted
    if field.startswith("metadata.") and field.endswith("Date"):
        wanted = [instant(one) for one in wanted] if operator == "in" else instant(wanted)
    elements = [one for value in found for one in (value if isinstance(value, list) else [value])]
    return any(compare(operator, one, wanted) for one in elements)


def matches(event, query):
    for name, value in query.items():
        if name == "and":
            holds = all(matches(event, one) for one in value)
        elif name == "or":
            holds = any(matches(event, one) for one in value)
        elif name == "not":
            holds = not matches(event, value)
        elif isinstance(value, dict):
            holds = all(condition(event, name, operator, wanted) for operator, wanted in value.items())
        else:
            holds = condition(event, name, "eq", value)
        if not holds:
            return False
    return True


def position(event, sort):
    """The position of an event: the values of the sort keys (absent as null, dates in ms), and its id."""
    return [next(iter(values(event, key["field"])), None) for key in sort], event["id"]


def order(sort):
    """Compares two positions; the id breaks ties in the last key's direction."""
    signs = [-1 if key.get("direction") == "descending" else 1 for key in sort]

    def compare_two(a, b):
        for sign, one, other in zip(signs + [signs[-1]], a[0] + [a[1]], b[0] + [b[1]]):
            left, right = ((0, 0) if value is None else (1, value) for value in (one, other))
            if left != right:
                return sign if left > right else -sign
        return 0

    return compare_two


def choose(value, paths):
    """The values at the paths; None where there are none (for a path that ends here its parent also counts a null)."""
    if isinstance(value, list):
        return [one for one in (choose(one, paths) for one in value if isinstance(one, dict)) if one] or None
    chosen = {}
    for name, member in value.items() if isinstance(value, dict) else ():
        onward = [path[1:] for path in paths if path[0] == name]
        if any(not path for path in onward):
            chosen[name] = member
        elif onward and (inside := choose(member, onward)):
            chosen[name] = inside
    return chosen or None


def query(body):
    """A cursor is the position of the page's last event, as JSON in base64url."""
    sort = body.get("sort") or [{"field": "metadata.createdDate", "direction": "descending"}]
    compare_two = order(sort)
    of_profile = [event for event in EVENTS.values() if event["metadata"]["profile"] == body["profile"]]
    found = [(position(event, sort), event) for event in of_profile if matches(event, body.get("filter") or {})]
    found.sort(key=functools.cmp_to_key(lambda a, b: compare_two(a[0], b[0])))
    rest = found
    if body.get("cursor"):
        last = json.loads(base64.urlsafe_b64decode(body["cursor"] + "=="))
        rest = [one for one in found if compare_two(one[0], last) > 0]
    page = rest[: body.get("limit", 50)]
    items = [event for _, event in page]
    if body.get("fields") is not None:
        paths = [field.split(".")[1:] for field in body["fields"]]
        items = [{**event, "payload": choose(event["payload"], paths) or {}} for event in items]
    more = len(rest) > len(page)
    cursor = base64.urlsafe_b64encode(json.dumps(page[-1][0]).encode()).decode().rstrip("=") if more else None
    return {"items": items, "nextCursor": cursor, **({"count": len(found)} if body.get("count") else {})}


def bucket(event, key):
    """A group key's value, and (where it differs) what it is ordered by."""
    value = next(iter(values(event, key["field"])), None)
    if value is None or "interval" not in key:
        return written(value, key["field"]), value
    there = datetime.datetime.fromtimestamp(value / 1000, zoneinfo.ZoneInfo(key.get("timeZone", "UTC")))
    start = there.replace(second=0, microsecond=0)
    if key["interval"] != "minute":
        start = start.replace(minute=0)
    if key["interval"] not in ("minute", "hour"):
        start = start.replace(hour=0, fold=0)
    if key["interval"] == "week":
        start -= datetime.timedelta(days=start.weekday())
    elif key["interval"] in ("month", "year"):
        start = start.replace(day=1, month=1 if key["interval"] == "year" else start.month)
    return start.isoformat(), start.timestamp()


def written(value, field):
    if value is None or field not in ("metadata.createdDate", "metadata.acceptedDate"):
        return value
    whole = datetime.datetime.fromtimestamp(value // 1000, datetime.timezone.utc)
    return whole.strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (value % 1000)


def measured(events, measure):
    if "field" not in measure:
        return len(events)
    found = [one for event in events for one in values(event, measure["field"]) if one is not None]
    if measure["op"] in ("count", "distinct"):
        return len(found if measure["op"] == "count" else set(found))
    if measure["op"] == "sum" or found and measure["op"] == "avg":
        return float(sum(map(fractions.Fraction, found)) / (1 if measure["op"] == "sum" else len(found)))
    return written(max(found) if measure["op"] == "max" else min(found), measure["field"]) if found else None


def aggregate(body):
    """Whole sums as fractions, rounded once: no order of events shows."""
    keys, grouped = body.get("groupBy", []), {} if body.get("groupBy") else {(): ((), [])}
    for event in EVENTS.values():
        if event["metadata"]["profile"] == body["profile"] and matches(event, body.get("filter") or {}):
            parts = [bucket(event, key) for key in keys]
            grouped.setdefault(tuple(part[0] for part in parts), ([part[1] for part in parts], []))[1].append(event)
    if len(grouped) > 10000:
        raise Refusal(422, "too-many-groups")
    try:
        rows = [
            (order, {"key": key, **{name: measured(events, measure) for name, measure in body["measures"].items()}})
            for key, (order, events) in grouped.items()
        ]
    except OverflowError:
        raise Refusal(422, "invalid")
    ranked = lambda value: (0, 0) if value is None else (1, value)
    rows.sort(key=lambda row: [ranked(part) for part in row[0]])
    for by in reversed(body.get("sort", [])):
        if by["by"] == "key":
            rank = lambda row: [ranked(part) for part in row[0]]
        else:
            rank = lambda row: ranked(row[1][by["by"]])
        down = by.get("direction") == "descending"
        rows.sort(key=rank, reverse=down)
    groups = [row[1] for row in rows[: body.get("limit", 10000)]]
    return {"groups": groups, "truncated": len(rows) > len(groups)}


def expect(event_id, if_match):
    event = EVENTS.get(event_id)
    if event is None:
        raise Refusal(404, "not-found")
    if if_match not in (None, "*", '"%d"' % event["metadata"]["version"]):
        raise Refusal(412, "version-mismatch")
    return event


def replace(event_id, payload, if_match, modified_by):
    event = expect(event_id, if_match)
    metadata = {**event["metadata"], "version": event["metadata"]["version"] + 1}
    metadata.pop("modifiedBy", None)
    if modified_by is not None:
        metadata["modifiedBy"] = modified_by
    EVENTS[event_id] = {"id": event_id, "metadata": metadata, "payload": payload}
    CHANGES.append(("modified", EVENTS[event_id]))
    return EVENTS[event_id]


def remove(event):
    """Nothing that was kept of its changes holds its payload or identifier any more."""
    metadata = {name: value for name, value in event["metadata"].items() if name != "identifier"}
    rest = {"id": event["id"], "metadata": metadata}
    for index, (change, former) in enumerate(CHANGES):
        if former["id"] == event["id"]:
            CHANGES[index] = (change, rest)
    CHANGES.append(("deleted", rest))
    del EVENTS[event["id"]]
    SAMENESS.pop(name_of(event), None)


def changes(parameters):
    """Of each event its last change only: of one that is there its state now."""
    limit = int(parameters.get("limit", ["1000"])[0])
    after = parameters.get("after", ["0"])[0]
    profiles = json.loads(parameters.get("profiles", ["null"])[0])
    if not after.isdigit() or limit > 1000:
        raise Refusal(422, "invalid")
    if limit == 0:
        return {"items": [], "next": str(len(CHANGES)), "more": False}
    place, items = int(after), []
    last = {event["id"]: index + 1 for index, (_, event) in enumerate(CHANGES)}
    while place < len(CHANGES) and len(items) < limit:
        change, event = CHANGES[place]
        place += 1
        if last[event["id"]] == place and (profiles is None or event["metadata"]["profile"] in profiles):
            now = event if change == "deleted" else EVENTS[event["id"]]
            items.append({"change": change, "event": now, "place": str(place)})
    return {"items": items, "next": str(place), "more": place < len(CHANGES)}


OPERATIONS = {"count", "sum", "avg", "min", "max", "distinct"}


def check(path, body):
    """The checks without which an illegal body would succeed."""
    good = {
        "/events": lambda: isinstance(body["events"], list),
        "/events/restore": lambda: isinstance(body["events"], list),
        "/events/query": lambda: isinstance(body.get("filter", {}), dict) and 1 <= body.get("limit", 50) <= 1000,
        "/events/aggregate": lambda: all(one["op"] in OPERATIONS for one in body["measures"].values()),
    }
    if body is not None and path in good and not good[path]():
        raise Refusal(422, "invalid")


def answer(method, path, parameters, body, if_match):
    check(path, body)
    if (method, path) == ("POST", "/events"):
        return append(body["events"])
    if (method, path) == ("POST", "/events/restore"):
        return restore(body["events"])
    if (method, path) == ("POST", "/events/query"):
        return query(body)
    if (method, path) == ("POST", "/events/aggregate"):
        return aggregate(body)
    if (method, path) == ("GET", "/events/changes"):
        return changes(parameters)
    if (method, path) == ("GET", "/health"):
        engine = {"engine": "python", "engineVersion": sys.version.split()[0]}
        return {"status": "up", **engine, "events": len(EVENTS), "bytes": 0, "waitingBytes": 0}
    if (method, path) == ("GET", "/usage"):
        own = [event["payload"] for event in EVENTS.values() if event["metadata"]["source"] == parameters["source"][0]]
        texts = [json.dumps(payload, separators=(",", ":"), ensure_ascii=False) for payload in own]
        return {"events": len(own), "bytes": sum(len(text.encode()) for text in texts)}
    if (method, path) == ("DELETE", "/events"):
        gone = [event for event in EVENTS.values() if event["metadata"]["source"] == parameters["source"][0]]
        for event in gone:
            remove(event)
        return {"removed": len(gone)}
    single = re.fullmatch(r"/events/([^/]+)", path)
    if single and method == "PUT" and if_match is None:
        raise Refusal(428, "if-match-required")
    if single and method == "GET":
        return expect(single[1], None)
    if single and method == "PUT":
        return replace(single[1], body["payload"], if_match, body.get("modifiedBy"))
    if single and method == "DELETE":
        return remove(expect(single[1], if_match))
    raise Refusal(404, "not-found")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_any(self):
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urllib.parse.urlsplit(self.path)
        try:
            if not hmac.compare_digest(self.headers.get("authorization", ""), "Bearer " + KEY):
                raise Refusal(401, "unauthenticated")
            body = json.loads(raw) if raw else None
            path = url.path.removeprefix("/storage/v1")
            with LOCK:
                try:
                    query = urllib.parse.parse_qs(url.query)
                    found = answer(self.command, path, query, body, self.headers.get("if-match"))
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    raise Refusal(422, "invalid") from error
            status, kind_of = (204, None) if found is None else (200, "application/json")
        except Refusal as refusal:
            found = {"type": "about:blank", "title": refusal.code, "status": refusal.status, "code": refusal.code}
            status, kind_of = refusal.status, "application/problem+json"
        text = b"" if found is None else json.dumps(found).encode()
        self.send_response(status)
        if kind_of:
            self.send_header("content-type", kind_of)
            self.send_header("content-length", str(len(text)))
        if status == 200 and "metadata" in found:
            self.send_header("etag", '"%d"' % found["metadata"]["version"])
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256


server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
print("http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
