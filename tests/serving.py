"""`efficoder view` in a test: a server over a folder of runs, a client, invented rows on disk."""

import http.client
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from efficoder.store import Store
from efficoder.types import GrowthCurve, GrowthPoint, TaskTests, TestCase, Verdict
from efficoder.view import Server
from efficoder.view.site import Site
from fake_run import FakeStore


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


class Client:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.base = f"/{server.token}"

    def get(
        self, path: str = "/", *, method: str = "GET", token: str | None = None, hosts: Sequence[str] = ()
    ) -> Reply:
        """``path`` under the token, or under another one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=60)
        base = self.base if token is None else token
        connection.putrequest(method, base + path, skip_host=True)
        for host in hosts or [f"127.0.0.1:{self.server.server_port}"]:
            if host:
                connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read().decode())
        connection.close()
        return reply


class Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")


@contextmanager
def serving(runs: Path) -> Iterator[Client]:
    with Server(Site(runs)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Client(server)
        finally:
            server.shutdown()
            thread.join()


def on_disk(fake: FakeStore, folder: Path) -> Path:
    """The invented rows as a run; every task has tests, right candidates a growth curve."""
    with Store(folder, write=True) as store:
        for rows in list(fake.rows.values()):
            store.put(rows.values())
        tasks = {verdict.task_id for verdict in fake.all(Verdict)}
        checks = (TestCase(input="[[1, 2], 3]", expected="1"),)
        store.put(TaskTests(task_id=task, written=True, checks=checks, loads=checks) for task in tasks)
        points = tuple(GrowthPoint(size=size, runs_s=(size * 1e-6,)) for size in (10, 100, 1000, 10_000))
        right = [v for v in fake.all(Verdict) if v.outcome == "passed"]
        store.put(GrowthCurve(candidate_id=v.candidate_id, task_id=v.task_id, points=points) for v in right)
        store.set_meta(fake.meta())
    return folder
