"""What the pages say: lists and filters, a task, two candidates, models side by side."""

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

from efficoder.report import collect_view, render
from efficoder.store import Store
from efficoder.types import Drop, Sample, Selection, Task, Verdict
from efficoder.view import lists
from efficoder.view.lists import Filter
from serving import Client, serving


@pytest.fixture(scope="module")
def store(runs: Path) -> Store:
    with Store(runs / "first", read_only=True) as found:
        yield found


def listed(page: str) -> list[str]:
    part = page.partition('<section id="tasks">')[2]
    return re.findall(r'/task\?id=([^"]+)">', part)


def test_runs_are_listed_with_what_they_are(client: Client) -> None:
    page = client.get("/").text
    assert page.index("/run/scored/") < page.index("/run/first/")  # the last written first
    assert "evaluation" in page


def test_an_empty_folder_says_how_to_make_a_run(tmp_path: Path) -> None:
    with serving(tmp_path / "nothing") as client:
        assert "efficoder demo --recorded" in client.get("/").text


def test_pages_of_tasks_hold_every_task_once(client: Client, store: Store) -> None:
    found = [name for page in (1, 2, 3) for name in listed(client.get(f"/run/first/?page={page}").text)]
    assert len(found) == 120 == len(set(found))
    assert "page 1 of 3" in client.get("/run/first/").text
    assert listed(client.get("/run/first/?page=4").text) == []


def test_each_filter_finds_what_the_rows_say(store: Store) -> None:
    tasks = {task.id: task for task in store.all(Task)}
    selected = {s.task_id: s.reason for s in store.all(Selection)}
    dropped = {drop.task_id: f"dropped: {drop.stage}: {drop.reason}" for drop in store.all(Drop)}
    verdicts = {v.candidate_id: v.outcome for v in store.all(Verdict)}

    def ids(**wanted: str) -> set[str]:
        found, total = lists.tasks(store, Filter(**wanted))
        assert total < lists.PAGE, "the fixture fits a page here"
        assert total == len(found)
        return {one.id for one in found}

    assert ids(q="MBPPPLUS/1") == {name for name in tasks if "mbppplus/1" in name}
    assert ids(q="<= 100000.") == {name for name, task in tasks.items() if "<= 100000." in task.prompt}
    assert ids(source="mbppplus") == {name for name, task in tasks.items() if task.origin.source == "mbppplus"}
    assert ids(state="tie") == {name for name, reason in selected.items() if reason == "tie"}
    for state in set(dropped.values()):
        assert ids(state=state) == {name for name, said in dropped.items() if said == state}
    for model, outcome in (("openai/gpt-5-mini", "memory"), ("openai/gpt-5-mini", "timeout")):
        assert ids(model=model, outcome=outcome) == {
            s.task_id for s in store.all(Sample) if s.model == model and verdicts.get(s.candidate_id or "") == outcome
        }
    some = {s.task_id for s in store.all(Sample) if s.candidate_id is None and s.model == "openai/gpt-5-mini"}
    assert ids(model="openai/gpt-5-mini", outcome="no_code") == some
    assert ids(source="mbppplus", state="tie") == ids(source="mbppplus") & ids(state="tie")


def test_the_largest_gain_can_come_first(store: Store) -> None:
    found, _ = lists.tasks(store, Filter(sort="gain"))
    gains = [one.gain for one in found]
    assert None not in gains
    assert gains == sorted(gains, reverse=True)


def test_states_count_every_task_once_and_the_funnel_ends_as_the_reports_does(store: Store) -> None:
    counted = lists.states(store)
    assert sum(counted.values()) == 120
    assert counted["faster"] == Counter(s.reason for s in store.all(Selection))["faster"]
    steps = lists.funnel(counted)
    reported = {step.name: step.left for step in collect_view(store, "x").tasks_funnel}
    shown = {step.name: step.left for step in steps}
    for name in ("collected", "kept by curate", "given checks and loads", "measured", "with a faster program"):
        assert shown[name] == reported[name]
    for before, after in itertools.pairwise(steps):
        assert before.left == after.left + sum(loss.count for loss in after.losses)


def test_a_stage_that_no_list_knows_is_in_the_funnel_all_the_same() -> None:
    steps = lists.funnel({"dropped: levels: odd: one": 2, "failed": 1, "right": 3})
    assert [(s.name, s.left) for s in steps] == [
        ("collected", 6),
        ("levels", 4),
        ("judged", 4),
        ("every program is right", 3),
    ]
    assert steps[1].losses[0].reason == "odd: one"


def test_a_task_shows_prompt_tests_candidates_growth_and_why(client: Client, store: Store) -> None:
    selection = next(s for s in store.all(Selection) if s.reason == "faster")
    page = client.get(f"/run/first/task?id={selection.task_id}").text
    assert "Count the pairs of positions" in page
    assert "[[1, 2], 3]" in page
    assert "Faster;" in page
    assert "Both were raced again in a second process." in page
    for ranked in selection.ranking:
        assert ranked.candidate_id in page
    assert "baseline" in page
    assert "chosen" in page
    assert '<path class="curve chosen"' in page
    verdicts = [v for v in store.all(Verdict, selection.task_id) if v.outcome != "passed"]
    assert all(v.outcome in page for v in verdicts)


def test_a_dropped_task_says_why(client: Client, store: Store) -> None:
    drop = next(d for d in store.all(Drop) if d.stage == "curate")
    page = client.get(f"/run/first/task?id={drop.task_id}").text
    assert f"dropped, curate: {drop.reason}" in page
    assert "No program yet." in page
    assert drop.reason in client.get("/run/first/drops").text


def test_two_candidates_stand_side_by_side_with_their_differences_marked(client: Client, store: Store) -> None:
    selection = next(s for s in store.all(Selection) if s.reason == "faster")
    path = f"/run/first/compare?id={selection.task_id}&a={selection.baseline}&b={selection.chosen}".replace("#", "%23")
    page = client.get(path).text
    assert '<td class="cut"><span>' in page
    assert '<td class="add"><span>' in page
    assert "for j in range(i + 1, len(numbers)):" in page
    other = next(s for s in store.all(Selection) if s.task_id != selection.task_id and s.baseline)
    strange = path.replace(selection.baseline.replace("#", "%23"), other.baseline.replace("#", "%23"))
    assert client.get(strange).status == 404


def test_an_evaluation_shows_scores_and_models_side_by_side(client: Client) -> None:
    page = client.get("/run/scored/models").text
    assert "good has pass@1 1.00" in page
    row = page.partition('task?id=t1">')[2].partition("</tr>")[0]
    assert re.findall("<td>(.*?)</td>", row) == ["wrong, no code", "passed 0.500×"]
    row = page.partition('task?id=t2">')[2].partition("</tr>")[0]
    assert re.findall("<td>(.*?)</td>", row) == ["passed 3.00×, no code", "passed 0.500×"]
    assert "page 1 of 2" in page
    task = client.get("/run/scored/task?id=t2").text
    chosen = re.findall(r"<option [^>]* selected>\w+ (\w+)", task)
    assert chosen == ["reference", "good"]
    assert ">rank<" not in task
    assert "times the reference" in task
    assert "3.00×" in task


def test_failed_samples_of_a_model_can_be_found(client: Client) -> None:
    found = listed(client.get("/run/scored/?model=bad&outcome=wrong").text)
    assert found == [f"t{number}" for number in range(1, 30, 2)]
    assert listed(client.get("/run/scored/?model=good&outcome=wrong").text) == []


def test_the_report_is_served_where_there_is_one(client: Client, runs: Path) -> None:
    with Store(runs / "scored") as store:
        (runs / "scored" / "report.html").write_text(render(collect_view(store, "scored")))
    assert ">Report</a>" in client.get("/run/scored/").text
    reply = client.get("/run/scored/report")
    assert "EffiCoder evaluation report" in reply.text
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert ">Report</a>" not in client.get("/run/first/").text
