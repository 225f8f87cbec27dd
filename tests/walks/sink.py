"""A customer's callback address: a plain server of the standard library, in a thread of its own."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


class Sink:
    """What was called, in order. `answers` are the next statuses; when they are used up it is `usual`."""

    def __init__(self):
        self.calls = []
        self.paths = []
        self.answers = []
        self.usual = 204
        self.most_at_once = 0
        self.under_way = 0
        self.delay_s = 0.0
        self.url = ""
        self._lock = threading.Lock()

    def take(self, path, headers, body):
        with self._lock:
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
            self.paths.append(path)
            self.calls.append((headers, body, time.monotonic()))
            return self.answers.pop(0) if self.answers else self.usual

    def leave(self):
        with self._lock:
            self.under_way -= 1

    def events(self):
        """The bodies, read."""
        return [json.loads(body) for _, body, _ in self.calls]

    def forms(self, charset="cp1251"):
        """The bodies as forms, read."""
        return [dict(parse_qsl(body.decode("ascii"), True, True, charset)) for _, body, _ in self.calls]


@contextmanager
def listening():
    """A sink that is listening; `sink.url` is its address."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = sink.take(self.path, dict(self.headers.items()), body)
            time.sleep(sink.delay_s)
            sink.leave()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    sink.url = f"http://127.0.0.1:{server.server_port}/events"
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
