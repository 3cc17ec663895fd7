"""Who may read, and what cannot happen: tokens, hosts, methods, headers, text of others, a run being written."""

import os
import re
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from efficoder.errors import StoreError, UsageError
from efficoder.store import Store
from efficoder.types import Candidate, DatasetRecord, Drop, Measurement, Origin, Sample, Task, Verdict
from efficoder.view import Server
from efficoder.view.site import Site
from fake_run import EVIL, fake_run
from serving import Client, Links, on_disk, serving

PAGES = ("/", "/style.css", "/run/first/", "/run/first/models", "/run/first/drops", "/run/scored/task?id=t1")


def test_only_this_machine_is_answered(client: Client) -> None:
    assert client.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", PAGES)
def test_without_the_token_there_is_no_page(client: Client, path: str) -> None:
    token = client.server.token
    assert len(token) >= 32
    for wrong in ("", "/", f"/{token[:-1]}", f"/{token}x", f"/{token.swapcase()}", "/%C3%A9"):
        reply = client.get(path, token=wrong)
        assert reply.status == 403, wrong
        assert token not in reply.text
    assert client.get(path).status == 200


def test_two_servers_have_two_tokens(tmp_path: Path) -> None:
    with Server(Site(tmp_path)) as one, Server(Site(tmp_path)) as two:
        assert one.token != two.token


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "[::1]:{port}"]
)
def test_another_hosts_name_reads_nothing(client: Client, host: str) -> None:
    assert client.get(hosts=[host.format(port=client.server.server_port)]).status == 403


def test_two_host_headers_read_nothing(client: Client) -> None:
    own = f"127.0.0.1:{client.server.server_port}"
    assert client.get(hosts=[own, "evil.example"]).status == 403
    assert client.get(hosts=[own.replace("127.0.0.1", "LocalHost")]).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading(client: Client, method: str) -> None:
    assert client.get(method=method).status == 501


def test_head_has_no_body(client: Client) -> None:
    reply = client.get("/run/first/", method="HEAD")
    assert (reply.status, reply.text) == (200, "")


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/run/nobody/"])
def test_every_answer_forbids_scripts_and_framing(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        *("/run/../", "/run/%2e%2e/", "/run/..%2ffirst/", "/run/%2e/", "/run//", "/run/first/../scored/", "/../"),
        *("/etc/passwd", "/run/first/run.toml", "/run/first/run.sqlite", "/run/nobody/", "/run/%00/", "/run/%ff/"),
        *("/run/first/task", "/run/first/task?id=nothing", "/run/first/compare?id=nothing&a=b", "/run/first/report"),
    ],
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status == 404
    assert "Traceback" not in reply.text


@pytest.mark.parametrize("page", ["abc", "-1", "0", "²", "9" * 40, "1.5", ""])
def test_a_page_that_is_no_number_is_the_first(client: Client, page: str) -> None:
    assert client.get(f"/run/first/?page={page}".replace("²", "%C2%B2")).status == 200


def test_too_many_fields_are_refused(client: Client) -> None:
    assert client.get("/run/first/?" + "&".join(f"a{i}=1" for i in range(50))).status == 400


def test_what_is_searched_for_is_bound_and_escaped(client: Client) -> None:
    for words in ("'; DROP TABLE rows; --", "%", "_", '"><script>alert(1)</script>', "\\", "\x00"):
        quoted = "".join(f"%{byte:02x}" for byte in words.encode())
        for field in ("q", "source", "state", "model", "outcome", "sort"):
            reply = client.get(f"/run/first/?{field}={quoted}")
            assert reply.status == 200
            assert "script" not in Links(reply.text).tags


def test_text_of_others_is_shown_never_run(tmp_path: Path) -> None:
    fake = fake_run(30)
    for task in list(fake.all(Task)):
        fake.put(msgspec.structs.replace(task, prompt=EVIL, origin=Origin(source=EVIL, licence=EVIL)))
    for candidate in list(fake.all(Candidate)):
        fake.put(msgspec.structs.replace(candidate, code=candidate.code + EVIL))
    for sample in list(fake.all(Sample)):
        fake.put(msgspec.structs.replace(sample, model=EVIL, reply=EVIL, problem=EVIL if sample.problem else None))
    for drop in list(fake.all(Drop)):
        fake.put(msgspec.structs.replace(drop, reason=EVIL, detail=EVIL))
    for verdict in list(fake.all(Verdict)):
        fake.put(msgspec.structs.replace(verdict, detail=EVIL))
    fake.put(msgspec.structs.replace(next(fake.all(Task)), id=EVIL))
    on_disk(fake, tmp_path / "e&<vil>'\"")
    seen = 0
    with serving(tmp_path) as client:
        for page in crawl(client, "/", 60):
            seen += "alert(" in page
            assert not Links(page).tags & {"script", "img", "iframe"}
            assert not {"\x1b", "\u202e"} & set(page)
    assert seen > 20


def crawl(client: Client, start: str, most: int) -> list[str]:
    """Pages reached by links, each of which must be there."""
    waiting, seen, pages = [start], {start}, []
    while waiting and len(pages) < most:
        path = waiting.pop(0)
        reply = client.get(path)
        assert reply.status == 200, path
        pages.append(reply.text)
        for link in Links(reply.text).links:
            inner = link.partition("#")[0].removeprefix(client.base)
            assert link.startswith(("#", client.base)), link
            if inner and inner not in seen:
                seen.add(inner)
                waiting.append(inner)
    return pages


def test_every_link_leads_somewhere(client: Client) -> None:
    assert len(crawl(client, "/", 80)) == 80


# ---------------------------------------------------------------- a run that is being written


def test_reading_changes_nothing_and_stops_no_writer(tmp_path: Path) -> None:
    folder = on_disk(fake_run(20), tmp_path / "r")
    with serving(tmp_path) as client, Store(folder, write=True) as store:
        store.put([Task(id="new", prompt="now", interface=next(store.all(Task)).interface, origin=Origin(source="s"))])
        assert "new" in client.get("/run/r/?q=now").text
        before = store.select("SELECT count(*), total(length(data)) FROM rows")
        for path in ("/", "/run/r/", "/run/r/models", "/run/r/task?id=new"):
            assert client.get(path).status == 200
        assert store.select("SELECT count(*), total(length(data)) FROM rows") == before
        store.put([Drop(id="late", stage="collect", reason="a reason")])  # and the writer goes on
        assert "a reason" in client.get("/run/r/drops").text


def test_a_page_is_read_again_while_the_run_is_written_unless_held_still(tmp_path: Path) -> None:
    folder = on_disk(fake_run(5), tmp_path / "r")
    refresh = '<meta http-equiv="refresh" content="5">'
    with serving(tmp_path) as client:
        assert refresh not in client.get("/run/r/").text
        with Store(folder, write=True) as store:
            store.put([], done=[("check", "a", "f"), ("check", "b", "f"), ("measure", "a", "f")])
            assert refresh in client.get("/run/r/").text
            assert "Running now: check 2 done, measure 1 done." in client.get("/run/r/").text
            assert refresh not in client.get("/run/r/?still=1").text
            assert "running now" in client.get("/").text
        assert refresh not in client.get("/run/r/").text


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    folder = on_disk(fake_run(2), tmp_path / "r")
    with Store(folder, read_only=True) as store:
        assert store.count(Task) == 2
        with pytest.raises(StoreError):
            store.set_meta({"a": "b"})
        with pytest.raises(StoreError):
            store.select("PRAGMA query_only = OFF; DELETE FROM rows")
        store.select("PRAGMA query_only = OFF")
        with pytest.raises(StoreError):
            store.select("DELETE FROM rows")


def test_what_a_killed_writer_left_is_read(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom efficoder.store import Store\n"
        "from efficoder.types import Drop\n"
        "store = Store(Path(sys.argv[1]), write=True)\nstore.put([Drop(id='a', stage='s', reason='r')])\nos._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "r")])
    assert (tmp_path / "r" / "run.sqlite-wal").stat().st_size > 0
    with Store(tmp_path / "r", read_only=True) as store:
        assert store.count(Drop) == 1


def test_a_run_in_a_folder_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = on_disk(fake_run(2), tmp_path / "r")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    before = set(folder.iterdir())
    with Store(folder, read_only=True) as store:
        assert store.count(Task) == 2
    assert set(folder.iterdir()) == before


def test_a_damaged_run_spoils_no_other(tmp_path: Path) -> None:
    on_disk(fake_run(2), tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.sqlite").write_bytes(b"no database at all" * 100)
    with serving(tmp_path) as client:
        assert "damaged" in client.get("/").text
        assert client.get("/run/bad/").status == 500
        assert client.get("/run/good/").status == 200


def test_memory_does_not_grow_with_the_run(tmp_path: Path) -> None:
    peaks = []
    for tasks in (300, 10_000):
        fake = fake_run(tasks, samples=1)
        for kind in (Measurement, DatasetRecord):  # most of the rows' size, and on none of these pages
            fake.rows.pop(kind)
        on_disk(fake, tmp_path / f"r{tasks}")
        site = Site(tmp_path)
        for path in ("", f"run/r{tasks}/", f"run/r{tasks}/models", f"run/r{tasks}/drops"):
            assert site.page("/t", path, "").status == 200  # whatever is made once is made
        tracemalloc.start()
        for query in ("", "q=pairs&page=3", "state=faster&sort=gain", "model=openai/gpt-5-mini&outcome=wrong"):
            page = site.page("/t", f"run/r{tasks}/", query)
            assert (page.status, len(page.text) < 200_000) == (200, True)
        for path in (f"run/r{tasks}/models", f"run/r{tasks}/drops", ""):
            assert site.page("/t", path, "page=2").status == 200
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1_000_000


# ---------------------------------------------------------------- the command


def test_the_command_prints_an_address_and_ends_with_an_interrupt(runs: Path) -> None:
    command = [sys.executable, "-m", "efficoder", "view", "first", "--runs", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/run/first/", address)
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in talk


def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path) -> None:
    with Server(Site(tmp_path)) as server, pytest.raises(UsageError, match="choose another with --port"):
        Server(Site(tmp_path), server.server_port)
