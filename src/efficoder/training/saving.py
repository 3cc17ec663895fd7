"""From a trained adapter or model to a folder that transformers, vLLM and ``train`` load; records as JSON."""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from efficoder.paths import write_whole


def merge(base: Any, adapter: Path) -> Any:
    """The base model (transformers, weights loaded) with a LoRA adapter added into its weights."""
    from peft import PeftModel

    return PeftModel.from_pretrained(base, str(adapter)).merge_and_unload()


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """A folder that transformers, vLLM and ``train`` itself load; it appears whole or not at all."""
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    model.save_pretrained(fresh)
    tokenizer.save_pretrained(fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def write_json(path: Path, record: object) -> None:
    """A file of JSON; it appears whole or not at all."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(record), indent=2))
