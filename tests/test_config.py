"""Config: what is said is kept, what is misspelt is named."""

from pathlib import Path

import pytest

from efficoder.config import Config, dump, load, overrides, template
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
    with pytest.raises(InputError, match=r"c\.toml:3: measure\.margin: Expected `float`"):
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
