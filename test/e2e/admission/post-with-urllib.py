"""Posts a body of that many bytes with Python's standard library, and prints the status and code of each answer."""
import json, sys, urllib.error, urllib.request

url, token, size, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for _ in range(times):
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    request = urllib.request.Request(url, b"x" * size, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            print(answer.status)
    except urllib.error.HTTPError as refused:
        print(refused.code, json.load(refused)["code"])
    except OSError as lost:
        print("lost:", lost)
