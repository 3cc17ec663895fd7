"""The Hugging Face hub on loopback, as far as an upload needs it: repositories, commits, large files."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_secret"


@dataclass
class Repo:
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Hub:
    """``refuse``: how paths that hold the text are answered, by status."""

    repos: dict[str, Repo] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    refuse: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        for text, status in self.refuse.items():
            if text in path:
                return status, {"error": "made to fail"}
        if "/large/" in path:
            self.large[path.rpartition("/")[2]] = body
            return 200, {}
        if token != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid credentials"}
        if path.endswith("/commit/main"):
            return self._commit(path.removesuffix("/commit/main").removeprefix("/api/"), body)
        said = json.loads(body or b"{}")
        if path == "/api/repos/create":
            return self._create(said)
        if path == "/api/repos/delete":
            return (200, {}) if self.repos.pop(_id(said), None) else (404, {})
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if "/preupload/" in path:
            return 200, {"files": [_mode(each) for each in said["files"]]}
        if path.endswith("/info/lfs/objects/batch"):
            return 200, {"transfer": "basic", "objects": [self._place(each) for each in said["objects"]]}
        return 404, {"error": f"{method} {path}"}

    def _create(self, said: dict[str, Any]) -> tuple[int, Any]:
        if _id(said) in self.repos:
            return 409, {"error": "You already created this repo"}
        self.repos[_id(said)] = Repo(said.get("private") or said.get("visibility") == "private")
        return 200, {"url": f"{self.address}/{_id(said)}"}

    def _place(self, said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "actions": {"upload": {"href": f"{self.address}/large/{said['oid']}"}}}

    def _commit(self, repo: str, body: bytes) -> tuple[int, Any]:
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                self.repos[repo].files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.repos[repo].files[value["path"]] = self.large[value["oid"]]
        return 200, {"success": True, "commitOid": "0" * 40, "commitUrl": f"{self.address}/{repo}/commit/0"}


def _id(said: dict[str, Any]) -> str:
    return f"{said.get('type', 'model')}s/{said['organization']}/{said['name']}"


def _mode(said: dict[str, Any]) -> dict[str, Any]:
    mode = "lfs" if said["path"].endswith((".safetensors", ".gguf")) else "regular"
    return {"path": said["path"], "uploadMode": mode, "shouldIgnore": False}


@contextmanager
def hub() -> Iterator[Hub]:
    found = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            status, said = found.answer(self.command, path, self.headers.get("Authorization", ""), body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _any

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
