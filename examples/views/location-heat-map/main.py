from collections import Counter
from math import floor

PROFILE = "location.example/point"
# Metres: what is less exact says nothing about its cell.
WORST_ACCURACY = 50


async def points_between(keep, start, end):
    cursor = None
    while True:
        page = await keep.events.query({
            "profile": PROFILE,
            "filter": {"metadata.createdDate": {"gte": start, "lt": end}, "payload.accuracy": {"lte": WORST_ACCURACY}},
            "fields": ["payload.latitude", "payload.longitude"],
            "limit": 1000,
            "cursor": cursor,
        })
        for event in page["items"]:
            yield event["payload"]
        cursor = page["nextCursor"]
        if not cursor:
            return


async def main(parameters, keep):
    per_degree = parameters["configuration"]["cellsPerDegree"]
    least = parameters["configuration"]["leastCount"]
    span = parameters["clientCustomData"]
    counts = Counter()
    async for point in points_between(keep, span["from"], span["to"]):
        counts[floor(point["latitude"] * per_degree), floor(point["longitude"] * per_degree)] += 1
    told = sorted((-count, row, column) for (row, column), count in counts.items() if count >= least)
    print(f"{counts.total()} points in {len(counts)} cells, {len(told)} of them told")
    cells = [{"south": row / per_degree, "west": column / per_degree, "count": -count} for count, row, column in told]
    return {"cellsPerDegree": per_degree, "points": counts.total(), "cells": cells}
