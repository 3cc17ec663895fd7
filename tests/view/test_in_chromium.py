"""The pages and the reports in a real browser, at a desk's width and a phone's, light and dark, without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chromium import Browser, needs_chromium
from efficoder.report import collect_view, render
from efficoder.store import Store
from efficoder.types import Selection
from serving import Client

pytestmark = needs_chromium

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
SMALLEST = """Math.min(...[...document.querySelectorAll('svg text')].map(t =>
    parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getScreenCTM().a))"""
OUTSIDE = """[...document.querySelectorAll('svg *')].filter(e => e.getBoundingClientRect && e.tagName !== 'title' &&
    e.tagName !== 'desc' && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as found:
        found.scripts_off()
        yield found


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reader_filters_opens_a_task_and_compares_two_candidates(
    browser: Browser, client: Client, runs: Path, width: int
) -> None:
    with Store(runs / "first") as store:
        selection = next(s for s in store.all(Selection) if s.reason == "faster" and s.task_id.startswith("mbppplus"))
    browser.screen(width)
    browser.open(f"{client.server.address}/")
    browser.act("document.querySelector('a[href*=first]').click()")
    assert browser.run("document.querySelector('h1').textContent") == "first"
    browser.run("document.querySelector('[name=q]').value = 'mbppplus'")
    browser.run("document.querySelector('[name=state]').value = 'faster'")
    browser.act("document.querySelector('form.filter button').click()")
    shown = browser.run("[...document.querySelectorAll('#tasks th a')].map(a => a.textContent)")
    assert selection.task_id in shown
    assert all(name.startswith("mbppplus/") for name in shown)
    browser.act(
        f"[...document.querySelectorAll('#tasks th a')].find(a => a.textContent == '{selection.task_id}').click()"
    )
    assert browser.run("document.querySelectorAll('#candidates tbody tr').length") > 2
    assert browser.run("document.querySelector('select[name=a]').value") == selection.baseline
    assert browser.run("document.querySelector('select[name=b]').value") == selection.chosen
    browser.act("document.querySelector('#candidates form button').click()")
    assert browser.run("document.querySelectorAll('.code .cut span').length") > 0
    assert "Counter" in browser.run("document.querySelector('.code').textContent")
    assert browser.run(FITS)
    refused = [line for line in browser.console if "Security Policy" in line]
    assert not refused


def test_a_filter_works_by_keyboard_alone(browser: Browser, client: Client) -> None:
    browser.screen(1280)
    browser.open(f"{client.server.address}/run/first/")
    for _ in range(30):
        browser.key("Tab")
        if browser.run("document.activeElement.name") == "q":
            break
    assert browser.run("document.activeElement.name") == "q"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    browser.run("document.activeElement.value = 'own-tasks'")
    before = browser.run("performance.timeOrigin")
    browser.key("Enter")
    browser.wait(lambda: browser.run("performance.timeOrigin") != before)
    browser.wait(lambda: browser.run("document.readyState") == "complete")
    assert "q=own-tasks" in browser.run("location.search")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_reports_and_pages_fit_and_their_charts_are_readable(
    browser: Browser, client: Client, runs: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    browser.screen(width, dark=dark)
    addresses = [f"{client.server.address}/run/scored/models"]
    for name in ("first", "scored"):
        with Store(runs / name) as store:
            page = tmp_path / f"{name}.html"
            page.write_text(render(collect_view(store, name)), encoding="utf-8")
            some = next(store.all(Selection), None)
        addresses += [f"file://{page}", f"{client.server.address}/run/{name}/"]
        if some is not None:
            addresses.append(f"{client.server.address}/run/{name}/task?id={some.task_id}")
    for address in addresses:
        browser.open(address)
        assert browser.run(FITS), address
        assert browser.run(OUTSIDE) == [], address
        if browser.run("document.querySelector('svg text') !== null"):
            assert browser.run(SMALLEST) >= 9.0, address
        ground = browser.run("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(19, 22, 25)" if dark else "rgb(251, 251, 250)"), address
