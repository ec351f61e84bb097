"""`urllib.request.urlopen` for view code: over the channel, to the keep's `dataEndpoint` only. There is no socket."""

import email.message
import http.client
import io
import json
import urllib.error
import urllib.request
import urllib.response

import frames
from channel import Refused


class RequestRefused(urllib.error.URLError):
    """`code` is `view-network-denied` or `view-fetch-failed`."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class _ChannelHandler(urllib.request.BaseHandler):
    def __init__(self, channel, before_call):
        self._channel, self._before_call = channel, before_call

    def http_open(self, request):
        body = _bytes_of(request.data)
        headers = [[name, str(value)] for name, value in request.header_items()]
        if request.data is not None and not request.has_header("Content-type"):
            headers.append(["Content-type", "application/x-www-form-urlencoded"])
        method = request.get_method().upper()
        head = json.dumps({"method": method, "url": request.full_url, "headers": headers}).encode()
        if len(body) > frames.MAX_ARGUMENT_BYTES:
            message = "The body of one request may take %d bytes." % frames.MAX_ARGUMENT_BYTES
            raise RequestRefused("body-too-large", message)
        self._before_call()
        try:
            answer = self._channel.ask(frames.FETCH, frames.HEAD_LENGTH.pack(len(head)), head, body)
        except Refused as refused:
            raise RequestRefused(refused.code, refused.message) from None
        return _response(request, answer)

    https_open = http_open


def _bytes_of(data):
    if data is None:
        return b""
    if hasattr(data, "read"):
        data = data.read()
    return data if isinstance(data, (bytes, bytearray)) else b"".join(data)


def _response(request, answer):
    (length,) = frames.HEAD_LENGTH.unpack_from(answer)
    start = frames.HEAD_LENGTH.size + length
    head = json.loads(answer[frames.HEAD_LENGTH.size : start])
    headers = email.message.Message()
    for name, value in head["headers"]:
        headers[name] = value
    response = urllib.response.addinfourl(io.BytesIO(answer[start:]), headers, request.full_url, head["status"])
    response.msg = response.reason = http.client.responses.get(head["status"], "")
    return response


def install(channel, before_call):
    opener = urllib.request.OpenerDirector()
    handlers = (_ChannelHandler(channel, before_call), urllib.request.UnknownHandler(), urllib.request.DataHandler())
    for handler in (*handlers, urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor()):
        opener.add_handler(handler)
    urllib.request.install_opener(opener)
