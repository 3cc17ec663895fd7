"""An OpenAI-compatible server on loopback that misbehaves to order: the faults of real ones, one script a test."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """One request, and how to answer it."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]
    number: int
    """Counted from 0 over the server's life."""

    def send(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(content) if length is None else length))
        self.handler.end_headers()
        self.handler.wfile.write(content)

    def error(
        self, status: int, message: str = "made to fail", headers: dict[str, str] | None = None, **more: str
    ) -> None:
        self.send(status, json.dumps({"error": {"message": message, **more}}).encode(), headers)

    def choices(self, count: int | None = None, usage: Any = "right") -> None:
        """The ordinary answer: one choice a sample, each text telling seed and position."""
        self.send(200, json.dumps(self.answer(count, usage)).encode())

    def answer(self, count: int | None = None, usage: Any = "right") -> dict[str, Any]:
        count = self.body.get("n", 1) if count is None else count
        texts = [reply_text(self.body.get("seed", 0) + position) for position in range(count)]
        kind = "text" if "prompt" in self.body else "message"
        if usage == "right":
            usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS * count}
            self.handler.server.billed.append((PROMPT_TOKENS, COMPLETION_TOKENS * count))  # type: ignore[attr-defined]
        return {
            "choices": [
                {"index": i, "finish_reason": "stop", kind: text if kind == "text" else {"content": text}}
                for i, text in enumerate(texts)
            ],
            "usage": usage,
        }


PROMPT_TOKENS = 40
COMPLETION_TOKENS = 30


def reply_text(seed: int) -> str:
    return f"```python\ndef add(a, b):\n    return a + b + {seed} - {seed}\n```"


@dataclass
class Server:
    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    billed: list[tuple[int, int]] = field(default_factory=list)
    """Prompt and completion tokens of every answer sent with right counts."""
    most_at_once: int = 0


@contextmanager
def serve(answer: Answer) -> Iterator[Server]:
    """Run the server; ``answer`` is called in a thread of its own for each request."""
    lock = threading.Lock()
    running = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            nonlocal running
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(server.requests)
                server.requests.append(body)
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                server.times.append(time.monotonic())
                running += 1
                server.most_at_once = max(server.most_at_once, running)
            try:
                answer(Exchange(self, body, number))
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up waiting: part of some tests
            finally:
                with lock:
                    running -= 1

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            pass  # clients that hang up are part of the tests

    httpd = Quiet(("127.0.0.1", 0), Handler)
    server = Server(url=f"http://127.0.0.1:{httpd.server_address[1]}/v1")
    httpd.billed = server.billed  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def cut_off(exchange: Exchange) -> None:
    """Half a body, then the connection closes."""
    content = json.dumps(exchange.answer()).encode()
    exchange.handler.server.billed.pop()  # type: ignore[attr-defined]
    exchange.send(200, content[: len(content) // 2], length=len(content))
    exchange.handler.close_connection = True


def malformed(exchange: Exchange) -> None:
    exchange.send(200, b'{"choices": [{"message": {"content": "```pyth')


def empty_choices(exchange: Exchange) -> None:
    exchange.handler.server.billed.append((PROMPT_TOKENS, 0))  # type: ignore[attr-defined]
    usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": 0}
    exchange.send(200, json.dumps({"choices": [], "usage": usage}).encode())


def too_many_requests(exchange: Exchange) -> None:
    exchange.error(429, "slow down", {"Retry-After": "0.05"})


def server_error(exchange: Exchange) -> None:
    exchange.error(500)


def slow(exchange: Exchange) -> None:
    time.sleep(0.6)
    exchange.choices(usage={"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS})


@contextmanager
def serve_file(path: str, content: bytes, ranges: list[str | None]) -> Iterator[str]:
    """A file server that knows ranges; ``ranges`` collects what was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ranges.append(self.headers["Range"])
            start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            self.send_response(404 if self.path != path else 206 if start else 200)
            self.end_headers()
            self.wfile.write(content[start:])

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
