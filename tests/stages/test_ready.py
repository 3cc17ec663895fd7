"""What stands in a run's way is said before any work, and nothing is left behind."""

import json
from pathlib import Path

import pytest

from command_line import exit_code
from efficoder.config import load
from efficoder.stages import ORDER
from efficoder.stages.ready import problems
from efficoder.store import Store
from efficoder.types import Sample

TASK = {"id": "t/1", "prompt": "Double.", "entry_point": "f", "reference": "def f(x):\n    return 2 * x\n"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "t.jsonl").write_text(json.dumps(TASK | {"tests": [{"input": [1]}]}) + "\n")
    (tmp_path / "s.jsonl").write_text(json.dumps({"task_id": "t/1", "solution": TASK["reference"]}) + "\n")
    path = tmp_path / "c.toml"
    path.write_text('[collect]\nsources = ["t.jsonl"]\n[generate]\nmodels = ["replay/s.jsonl"]\n')
    return path


@pytest.mark.parametrize(
    ("override", "code", "words"),
    [
        ('generate.models=["gpt-4o"]', 2, "did you mean 'openai/gpt-4o'"),
        ('generate.models=["s.jsonl"]', 2, "did you mean 'replay/s.jsonl'"),
        ('generate.models=["opnai/gpt-4o"]', 2, "did you mean 'openai/gpt-4o'"),
        ('generate.models=["replay/none.jsonl"]', 2, "none.jsonl: generate.models: no such file"),
        ('generate.models=["openai/gpt-4o"]', 3, "export OPENAI_API_KEY"),
        ('generate.models=["local/none.gguf"]', 3, "none.gguf"),
        ('write_tests.tester="openai/gpt-4o"', 3, "export OPENAI_API_KEY"),
        ('write_tests.tester="replay/s.jsonl"', 2, "write_tests.tester"),
        ('collect.sources=["none.jsonl"]', 2, "none.jsonl: collect.sources: no such file"),
        ('collect.sources=["nothing:t.jsonl"]', 2, "not FORMAT:PATH"),
        ('curate.benchmarks=["none.jsonl"]', 2, "none.jsonl: curate.benchmarks: no such file"),
        ('curate.skip=["overlp"]', 2, "did you mean 'overlap'"),
        ('generate.variants=["plane"]', 2, "did you mean 'plain'"),
        ('run.packages="none"', 3, "run.packages"),
    ],
)
def test_what_stands_in_the_way_is_said_and_no_run_is_made(
    config: Path, capsys: pytest.CaptureFixture[str], override: str, code: int, words: str
) -> None:
    assert exit_code("run", config, "--set", override) == code
    assert words in capsys.readouterr().err
    assert not (config.parent / "runs").exists()


def test_evaluate_leaves_no_run_behind_either(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("evaluate", "t.jsonl", "--samples", "none.jsonl") == 2
    assert exit_code("evaluate", "t.jsonl", "--model", "openai/gpt-4o") == 3
    assert not (config.parent / "runs").exists()


def test_a_model_that_has_answered_everything_needs_no_key(config: Path) -> None:
    folder = config.parent / "runs" / "c"
    assert exit_code("run", config, "--until", "collect") == 0
    settings = load(config, ['generate.models=["openai/gpt-4o"]', "generate.samples=1"])
    assert len(list(problems(settings, folder, ORDER))) == 1
    with Store(folder, write=True) as store:
        from efficoder.models.asks import plan

        (ask,) = plan(store.alive(), ["openai/gpt-4o"], settings.generate, seed=0)
        store.put([Sample(id=ask.sample_id(0), task_id="t/1", model="openai/gpt-4o", index=0, reply="")])
    assert not list(problems(settings, folder, ORDER))
    assert not list(problems(load(config, ['generate.models=["x"]']), folder, ("collect",)))


def test_a_config_runs_from_any_folder(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert exit_code("run", "../c.toml", "--until", "generate") == 0
    monkeypatch.chdir(tmp_path)
    assert exit_code("run", "c", "--runs", "elsewhere/runs", "--until", "generate") == 0


def test_the_dry_run_prices_the_plan(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = 'generate.models=["openai/gpt-4o", "openai/nobodys", "ollama/x"]'
    assert exit_code("run", config, "--dry-run", "--set", models, "--set", "generate.refine=1") == 0
    shown = capsys.readouterr().out
    lines = {tuple(line.split()[:2]): line for line in shown.splitlines()}
    assert "$0.04" in lines["generate", "openai/gpt-4o"]
    assert "no price" in lines["generate", "openai/nobodys"]
    assert "$0.00" in lines["generate", "ollama/x"]
    assert {("refine", "openai/gpt-4o"), ("write_tests", "1"), ("check", "1"), ("measure", "1")} <= lines.keys()
    assert "No price is known of openai/nobodys" in shown
    assert "Lacking: openai/gpt-4o needs a key" in shown
    assert "not known" in lines["write_tests", "1"]
    assert not (config.parent / "runs").exists()


def test_the_dry_run_takes_minutes_from_earlier_runs(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quick = ("write_tests.mutate=false", "write_tests.loads=0", "write_tests.mutants=0", "run.workers=1")
    sets = [word for each in quick for word in ("--set", each)]
    assert exit_code("run", config, "--name", "first", "--until", "check", *sets) == 0
    capsys.readouterr()
    assert exit_code("run", config, "--name", "second", "--dry-run", *sets) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert "about 0.1" in lines["check"]
    assert "not known" in lines["measure"]
    assert exit_code("run", config, "--name", "first", "--dry-run", *sets) == 0
    assert "0 tasks on this machine" in capsys.readouterr().out


def test_the_dry_run_reads_recorded_samples(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = config.parent / "s.jsonl"
    samples.write_text(samples.read_text() + json.dumps({"task_id": "t/11", "solution": "x"}) + "\n")
    assert exit_code("run", config, "--dry-run") == 0
    shown = capsys.readouterr().out
    assert "2 recorded samples, 1 sample of tasks this run does not have, the first in line 2: 't/11'" in shown
    assert "did you mean 't/1'?" in shown
    samples.write_text(samples.read_text() + '{"task_id": "t/1", "solutoin": "x"}\n')
    assert exit_code("run", config, "--dry-run") == 2
    assert "s.jsonl:3: neither 'solution' nor 'completion'" in capsys.readouterr().err
