"""A customer's callback address: a plain server of the standard library, in a thread of its own."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink:
    """What was called, in order. `answers` are the next statuses; when they are used up it is 204."""

    def __init__(self):
        self.calls = []
        self.answers = []
        self.delay_s = 0.0
        self.url = ""
        self._lock = threading.Lock()

    def take(self, headers, body):
        with self._lock:
            self.calls.append((headers, body, time.monotonic()))
            return self.answers.pop(0) if self.answers else 204

    def events(self):
        """The bodies, read."""
        return [json.loads(body) for _, body, _ in self.calls]


@contextmanager
def listening():
    """A sink that is listening; `sink.url` is its address."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = sink.take(dict(self.headers.items()), body)
            time.sleep(sink.delay_s)
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
