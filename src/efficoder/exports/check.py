"""Does a trainer take it? Loads the start of each exported file and holds it against its shape."""

from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from efficoder.errors import InputError, PrerequisiteError
from efficoder.exports.shapes import SHAPES, ExportedRow

_CHECK_ROWS = 64


class Checked(msgspec.Struct, frozen=True):
    """One file that loads. ``rows`` are those read, at most 64; ``loader`` is the library that read them."""

    name: str
    shape: str
    rows: int
    loader: Literal["datasets", "pyarrow"]


def check_export(path: Path) -> list[Checked]:
    """Load the start of a data file, or of each in a folder, as a trainer would, and hold it against its shape.

    Uses the ``datasets`` library where it is installed, as trainers do. Raises InputError for the first file whose
    columns or types no trainer here takes, or if there is none.
    """
    files = sorted(f for f in path.iterdir() if f.suffix in {".jsonl", ".parquet"}) if path.is_dir() else [path]
    if not files or not path.exists():
        raise InputError("no data file here", path=path, hint="name a folder that `efficoder export` wrote")
    return [_check_file(file) for file in files]


def _check_file(file: Path) -> Checked:
    try:
        rows, loader = _load(file)
    except (OSError, ValueError) as error:
        raise InputError(f"does not load: {error}", path=file, hint="export it again") from error
    columns = set(rows[0]) if rows else set()
    shape = next((shape for shape in SHAPES if _fits(columns, shape)), None)
    if shape is None:
        raise InputError(
            f"columns {', '.join(sorted(columns)) or '(none)'} fit no trainer's format",
            path=file,
            hint="export it again",
        )
    for number, row in enumerate(rows, start=1):
        try:
            msgspec.convert(row, shape)
        except msgspec.ValidationError as error:
            raise InputError(f"row {number}: {error}", path=file, hint="export it again") from None
    return Checked(file.name, shape.__name__, len(rows), loader)


def _fits(columns: set[str], shape: type[ExportedRow]) -> bool:
    fields = msgspec.structs.fields(shape)
    return {f.encode_name for f in fields if f.required} <= columns <= {f.encode_name for f in fields}


def _load(file: Path) -> tuple[list[dict[str, Any]], Literal["datasets", "pyarrow"]]:
    try:
        import datasets
    except ImportError:
        return _load_with_pyarrow(file), "pyarrow"
    builder = "json" if file.suffix == ".jsonl" else "parquet"
    stream = datasets.load_dataset(builder, data_files=str(file), split="train", streaming=True)
    try:
        return list(stream.take(_CHECK_ROWS)), "datasets"
    except datasets.exceptions.DatasetGenerationError as error:
        raise ValueError(str(error)) from error


def _load_with_pyarrow(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".jsonl":
        with file.open("rb") as lines:
            return [msgspec.json.decode(line, type=dict[str, Any]) for line in islice(lines, _CHECK_ROWS)]
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise PrerequisiteError("reading Parquet needs pyarrow; run `pip install pyarrow`") from error
    batch = next(pq.ParquetFile(file).iter_batches(batch_size=_CHECK_ROWS), None)
    return batch.to_pylist() if batch is not None else []
