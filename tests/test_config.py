"""Config: what is said is kept, what is misspelt is named."""

import json
import re
from pathlib import Path

import pytest

from efficoder.config import Config, dump, load, overrides, template, without_folders
from efficoder.curation.curate import RULES
from efficoder.errors import InputError, UsageError
from efficoder.parse import from_json, from_toml


def test_resolved_config_reads_back_equal(tmp_path: Path) -> None:
    config = load(None, ["generate.samples=4", 'collect.sources=["jsonl:a.jsonl"]', "write_tests.tester=openai/x"])
    (tmp_path / "run.toml").write_text(dump(config))
    assert load(tmp_path / "run.toml") == config
    assert config.generate.samples == 4
    assert config.write_tests.tester == "openai/x"


def test_a_files_table_goes_over_another_as_overrides(tmp_path: Path) -> None:
    file = tmp_path / "train.toml"
    file.write_text('[train]\nmodel = "a b"\nepochs = 2.0\npacking = true\n[generate]\nsamples = 9\n')
    config = load(None, ["generate.samples=4", *overrides(file, "train")])
    assert (config.train.model, config.train.epochs, config.train.packing) == ("a b", 2.0, True)
    assert config.generate.samples == 4
    file.write_text("[train]\nepoch = 2.0\n")
    with pytest.raises(InputError, match=r"train\.toml:2: .*did you mean 'epochs'"):
        overrides(file, "train")


def test_the_template_is_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(template())
    assert load(tmp_path / "t.toml") == Config()


def test_an_unknown_key_names_file_line_and_a_suggestion(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[generate]\nsamples = 2\ntemprature = 1.0\n")
    with pytest.raises(InputError, match=r"c\.toml:3: .*did you mean 'temperature'"):
        load(path)


def test_a_wrong_type_names_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[measure]\n\nmargin = "big"\n')
    with pytest.raises(InputError, match=r"c\.toml:3: measure\.margin: not a number"):
        load(path)


@pytest.mark.parametrize("override", ["samples=4", "generate.samples", "generate.sample=4", "nothing.x=1"])
def test_a_wrong_override_is_a_usage_error(override: str) -> None:
    with pytest.raises(UsageError):
        load(None, [override])


def test_a_missing_or_broken_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="efficoder init"):
        load(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("[generate\n")
    with pytest.raises(InputError, match="not TOML"):
        load(tmp_path / "broken.toml")


def test_a_config_nested_too_deeply_or_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[collect]\nsources = " + "[" * 100_000 + "]" * 100_000)
    with pytest.raises(InputError, match=r"c\.toml: not TOML: a value is nested too deeply"):
        load(path)
    path.write_bytes(b"\xef\xbb\xbf[generate]\nsamples = 3\n")
    assert load(path).generate.samples == 3


def test_json_and_toml_may_begin_with_a_byte_order_mark() -> None:
    assert from_json("\ufeff[1]") == [1]
    assert from_toml("\ufeffa = 1") == {"a": 1}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("generate.samples=many", "--set generate.samples=many: not a whole number"),
        ("train.method=foo", "--set train.method=foo: sft or dpo or orpo or grpo, nothing else"),
        ('train.report_to=["x"]', "trackio or wandb, nothing else"),
        ("collect.sources=t.jsonl", "--set collect.sources=t.jsonl: not a list; write it as"),
    ],
)
def test_a_wrong_value_of_an_option_names_the_option_and_what_it_takes(
    tmp_path: Path, override: str, words: str
) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[generate]\nsamples = 2\n")
    with pytest.raises(UsageError, match=re.escape(words)):
        load(path, [override])


def test_paths_are_relative_to_the_config_and_on_the_command_line_to_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (there / "weights").mkdir(parents=True)
    (there / "c.toml").write_text(
        '[run]\npackages = "packages"\n[collect]\nsources = ["t.jsonl", "mbppplus:../M.gz", "jsonl:/a/t.jsonl"]\n'
        '[curate]\nbenchmarks = ["humaneval:H.gz"]\n[train]\nmodel = "weights"\n'
        '[generate]\nprices = "p.toml"\nmodels = ["replay/s.jsonl", "hf/weights", "hf/org/name", "openai/x"]\n'
    )
    monkeypatch.chdir(here)
    config = load(Path("../there/c.toml"), ['write_tests.tester="replay/x.jsonl"'])
    assert config.collect.sources == (f"{there}/t.jsonl", f"mbppplus:{tmp_path}/M.gz", "jsonl:/a/t.jsonl")
    assert config.curate.benchmarks == (f"humaneval:{there}/H.gz",)
    assert [Path(model.partition("/")[2]) for model in config.generate.models[:1]] == [there / "s.jsonl"]
    assert Path(config.generate.models[1].removeprefix("hf/")).resolve() == there / "weights"
    assert config.generate.models[2:] == ("hf/org/name", "openai/x")
    assert (config.generate.prices, config.run.packages) == (f"{there}/p.toml", f"{there}/packages")
    assert Path(config.train.model).resolve() == there / "weights"
    assert config.write_tests.tester == f"replay/{here}/x.jsonl"
    (here / "run.toml").write_text(dump(config))
    monkeypatch.chdir(tmp_path)
    assert load(here / "run.toml") == config


def test_the_template_names_the_values_there_are_and_every_rule() -> None:
    text = template()
    assert "# One of sft, dpo, orpo, grpo." in text
    assert "``" not in text
    assert all(rule in text for rule in RULES)


def test_what_others_read_names_files_without_their_folders() -> None:
    given = {
        "run.packages": "/home/me/site",
        "collect.sources": ["jsonl:/home/me/t.jsonl", "/home/me/u.jsonl"],
        "generate.models": ["replay//home/me/s.jsonl", "hf//home/me/model", "hf/Qwen/Qwen2.5", "openai/a/b"],
        "generate.systems": ["/home is a folder"],
        "generate.base_url": "http://127.0.0.1:1/v1",
        "train.model": "~/weights/x.gguf",
    }
    shown = without_folders(dump(load(None, [f"{key}={json.dumps(value)}" for key, value in given.items()])))
    assert 'packages = "site"' in shown
    assert 'sources = ["jsonl:t.jsonl", "u.jsonl"]' in shown
    assert 'models = ["replay/s.jsonl", "hf/model", "hf/Qwen/Qwen2.5", "openai/a/b"]' in shown
    assert 'systems = ["/home is a folder"]' in shown
    assert 'base_url = "http://127.0.0.1:1/v1"' in shown
    assert 'model = "x.gguf"' in shown
    assert "/home/me" not in shown
