"""An address to a page. Templates escape whatever others wrote."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode

from efficoder.console import printable
from efficoder.errors import EffiCoderError
from efficoder.report import kept_scores, text
from efficoder.report.render import environment, style
from efficoder.store import Store
from efficoder.types import Sample, Task, Verdict
from efficoder.view import lists
from efficoder.view.lists import PAGE, Filter
from efficoder.view.task import compare, read_task, shorten, time_ratios

_FOLDER = Path(__file__).parent
_OUTCOMES = ("passed", "wrong", "error", "timeout", "memory", "refused", "compile_error", "no_code")
_MODELS = 8
"""Models side by side."""
_MATRIX = 20
"""Tasks on a page of them."""


class Page(NamedTuple):
    text: str
    status: int = 200
    kind: str = "text/html"
    inline_style: bool = False
    """A report, which carries its style sheet in itself."""


class _Missing(Exception):
    """There is no such page."""


class Asked(NamedTuple):
    """A request within a run."""

    base: str
    name: str
    store: Store
    folder: Path
    query: dict[str, str]

    @property
    def evaluated(self) -> bool:
        return self.store.meta().get("purpose") == "evaluation"

    @property
    def page(self) -> int:
        number = self.query.get("page", "1")
        return min(max(int(number), 1), 10**6) if number.isascii() and number.isdigit() and len(number) < 8 else 1

    def task(self) -> Task:
        found = self.store.get(Task, self.query.get("id", ""))
        if found is None:
            raise _Missing(f"the run has no task {self.query.get('id', '')!r}")
        return found


class Site:
    """The pages of all runs in ``runs``."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._templates = environment(_FOLDER, autoescape=True)
        self._templates.globals |= {"link": link, "shorten": shorten, "states": lists.STATES}

    def page(self, base: str, path: str, query: str) -> Page:
        """The page at ``path`` under ``base``, which holds the token."""
        try:
            asked = {name: values[-1] for name, values in parse_qs(query, max_num_fields=20).items()}
            if path == "style.css":
                return Page(str(style()), kind="text/css")
            if path == "":
                return self._list(base)
            first, _, rest = path.partition("/")
            if first != "run":
                raise _Missing("no such page")
            name, _, what = rest.partition("/")
            return self._run_page(base, unquote(name), what, asked)
        except _Missing as error:
            return self._message(base, 404, str(error))
        except ValueError as error:
            return self._message(base, 400, str(error))
        except (EffiCoderError, OSError) as error:
            return self._message(base, 500, str(error))

    def _list(self, base: str) -> Page:
        found = lists.runs(self._runs)
        return self._draw("runs.html.j2", base, runs=[lists.describe(path) for path in list(found.values())[:PAGE]])

    def _run_page(self, base: str, name: str, what: str, query: dict[str, str]) -> Page:
        folder = lists.runs(self._runs).get(name)
        page = _PAGES.get(what)
        if folder is None or page is None:
            raise _Missing(f"no run {name!r} here" if folder is None else "no such page")
        with Store(folder, read_only=True) as store:
            return page(self, Asked(base, name, store, folder, query))

    def _draw(self, template: str, base: str, **values: object) -> Page:
        known = {"run": "", "query": {}, **values}
        return Page(printable(self._templates.get_template(template).render(base=base, **known)))

    def _message(self, base: str, status: int, words: str) -> Page:
        return self._draw("message.html.j2", base, words=words)._replace(status=status)

    def _of_run(self, template: str, asked: Asked, **values: object) -> Page:
        live = lists.is_live(asked.folder)
        shared = {"run": asked.name, "evaluated": asked.evaluated, "live": live, "query": asked.query}
        return self._draw(template, asked.base, **shared, **values)

    def _overview(self, asked: Asked) -> Page:
        known = {field: asked.query.get(field, "") for field in Filter.__struct_fields__ if field != "page"}
        wanted = Filter(**known, page=asked.page)
        counted = lists.states(asked.store)
        tasks, total = lists.tasks(asked.store, wanted)
        return self._of_run(
            "run.html.j2",
            asked,
            wanted=wanted,
            tasks=tasks,
            total=total,
            pages=-(-total // PAGE),
            counted=counted,
            steps=lists.funnel(counted),
            rows=lists.rows(asked.store),
            done=lists.done(asked.store),
            sources=lists.sources(asked.store),
            models=lists.model_names(asked.store),
            outcomes=_OUTCOMES,
            board=kept_scores(asked.store.meta()),
            refresh=asked.query.get("still") != "1",
            report=(asked.folder / "report.html").is_file(),
            meta=asked.store.meta(),
        )

    def _task(self, asked: Asked) -> Page:
        found = read_task(asked.store, asked.task(), evaluated=asked.evaluated)
        return self._of_run("task.html.j2", asked, page=found)

    def _compare(self, asked: Asked) -> Page:
        task, (a, b) = asked.task(), (asked.query.get(side, "") for side in "ab")
        found = compare(asked.store, task, a, b, evaluated=asked.evaluated)
        if found is None:
            raise _Missing("the task has no such candidates")
        return self._of_run("compare.html.j2", asked, c=found)

    def _models(self, asked: Asked) -> Page:
        written = lists.models(asked.store)
        shown = [model.name for model in written[:_MODELS]]
        query = "SELECT id FROM rows WHERE kind = 'Task' ORDER BY seq LIMIT :most OFFSET :offset"
        ids = asked.store.select(query, {"most": _MATRIX, "offset": _MATRIX * (asked.page - 1)})
        total = asked.store.count(Task)
        return self._of_run(
            "models.html.j2",
            asked,
            models=written,
            shown=shown,
            matrix=[(task_id, _cells(asked, task_id, shown)) for (task_id,) in ids],
            number=asked.page,
            pages=-(-total // _MATRIX),
            board=kept_scores(asked.store.meta()),
        )

    def _drops(self, asked: Asked) -> Page:
        found, total = lists.drops(asked.store, asked.page)
        return self._of_run(
            "drops.html.j2", asked, drops=found, total=total, number=asked.page, pages=-(-total // PAGE)
        )

    def _report(self, asked: Asked) -> Page:
        try:
            return Page((asked.folder / "report.html").read_text(encoding="utf-8"), inline_style=True)
        except OSError as error:
            raise _Missing("the run has no report yet") from error


_PAGES: dict[str, Callable[[Site, Asked], Page]] = {
    "": Site._overview,
    "task": Site._task,
    "compare": Site._compare,
    "models": Site._models,
    "drops": Site._drops,
    "report": Site._report,
}


def link(base: str, run: str, what: str = "", **query: object) -> str:
    """The address of a run's page; what is empty is left out of the query."""
    given = {name: str(value) for name, value in query.items() if value}
    return f"{base}/run/{quote(run, safe='')}/{what}{'?' if given else ''}{urlencode(given)}"


def _cells(asked: Asked, task_id: str, models: list[str]) -> list[list[str]]:
    """How each sample of each model ended, with its time where it has one."""
    task = asked.store.get(Task, task_id)
    assert task is not None
    ends = {verdict.candidate_id: verdict.outcome for verdict in asked.store.all(Verdict, task_id)}
    ratios = time_ratios(asked.store, task, evaluated=asked.evaluated)
    cells: dict[str, list[str]] = {model: [] for model in models}
    for sample in asked.store.all(Sample, task_id):
        if sample.model in cells:
            key = sample.candidate_id or ""
            end = ends.get(key, "not judged") if key else "no code"
            cells[sample.model].append(f"{end} {text.ratio(ratios[key].value)}" if key in ratios else end)
    return [cells[model] for model in models]
