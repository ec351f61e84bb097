"""An execution service that is no part of Datakeep: docs/api.md's interface in Python's standard library, in memory.

    EXECUTION_KEY=... python3 runtime.py PORT     (0: a free one; the first line printed is the URL)

Its language is Python itself, `main.py` with `def main(parameters)`. It jails nothing: its operator trusts the code, or
isolates the whole service.
"""

import contextlib
import email.parser
import email.policy
import hmac
import http.server
import io
import json
import os
import secrets
import sys
import traceback

KEY = os.environ["EXECUTION_KEY"]
SOURCES = {}  # id -> {file name: code}


def uploaded_files(headers, body):
    head = b"Content-Type: " + headers["content-type"].encode() + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return {part.get_filename(): part.get_payload(decode=True).decode() for part in message.iter_parts()}


def upload(files):
    if "main.py" not in files:
        return 400, {"message": "There must be a main.py."}
    try:
        compile(files["main.py"], "main.py", "exec")
    except SyntaxError as error:
        return 400, {"message": f"main.py, line {error.lineno}: {error.msg}"}
    source_id = secrets.token_urlsafe(12)
    SOURCES[source_id] = files
    return 201, {"sourceCodeId": source_id}


def execute(files, parameters):
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            scope = {"__name__": "view"}
            exec(compile(files["main.py"], "main.py", "exec"), scope)
            result = json.dumps(scope["main"](parameters), allow_nan=False)
    except Exception as error:
        return 400, {
            "message": "The code failed.",
            "error": f"{type(error).__name__}: {error}",
            "stdout": printed.getvalue(),
            "stderr": traceback.format_exc(),
        }
    return 200, {"message": "The code ran.", "result": result, "stdout": printed.getvalue()}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, told = self.route(body)
        text = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def route(self, body):
        if not hmac.compare_digest(self.headers.get("authorization", "").encode(), f"Bearer {KEY}".encode()):
            return 401, {"message": "Who are you?"}
        _, route, *rest = self.path.split("/")
        source_id = rest[0] if rest else ""
        if (self.command, route) == ("POST", "uploadNewSourceCode"):
            return upload(uploaded_files(self.headers, body))
        if source_id not in SOURCES:
            return 404, {"message": "There is no such source code."}
        if (self.command, route) == ("GET", "sourceCodes"):
            files = SOURCES[source_id].items()
            return 200, {"sourceCode": [{"name": name, "language": "python", "code": code} for name, code in files]}
        if (self.command, route) == ("DELETE", "sourceCodes"):
            del SOURCES[source_id]
            return 200, {"message": "Gone."}
        if (self.command, route) == ("POST", "executeSourceCode"):
            return execute(SOURCES[source_id], json.loads(body)["parametersForMainEntry"])
        return 405, {"message": "No."}

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
