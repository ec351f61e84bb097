from datetime import datetime, timedelta, timezone

MINUTES_OF_DAY = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def minutes(instant):
    """Whole minutes since the epoch."""
    return (datetime.fromisoformat(instant.replace("Z", "+00:00")) - EPOCH) // timedelta(minutes=1)


def instant(minute):
    return (EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def taken(keep, start, end):
    """Every entry that meets the span and blocks time: when, and nothing else of it."""
    cursor = None
    while True:
        page = keep.events.query({
            "profile": "calendar.example/event",
            "filter": {
                "payload.start": {"lt": instant(end)},
                "payload.end": {"gt": instant(start)},
                "payload.free": {"ne": True},
            },
            "sort": [{"field": "payload.start"}],
            "fields": ["payload.start", "payload.end"],
            "limit": 1000,
            "cursor": cursor,
        })
        for event in page["items"]:
            yield minutes(event["payload"]["start"]), minutes(event["payload"]["end"])
        cursor = page["nextCursor"]
        if not cursor:
            return


def merged(spans):
    """Spans that touch or overlap become one; they come sorted by their start."""
    whole = []
    for start, end in spans:
        if whole and start <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], end)
        else:
            whole.append([start, end])
    return whole


def main(parameters, keep):
    monday = parameters["clientCustomData"]["monday"]
    first = minutes(f"{monday}T00:00:00Z")
    spans = merged(taken(keep, first, first + 7 * MINUTES_OF_DAY))
    days = []
    for day in range(7):
        midnight = first + day * MINUTES_OF_DAY
        cut = [(max(start - midnight, 0), min(end - midnight, MINUTES_OF_DAY)) for start, end in spans]
        busy = [(start, end) for start, end in cut if start < end]
        days.append({
            "date": instant(midnight)[:10],
            "busy": [{"from": clock(start), "to": clock(end)} for start, end in busy],
            "busyMinutes": sum(end - start for start, end in busy),
        })
    return {"monday": monday, "days": days}
