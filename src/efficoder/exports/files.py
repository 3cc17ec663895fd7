"""Writing an export: rows in batches into a folder beside the target, which then takes its place."""

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_origin

import msgspec

from efficoder.errors import InputError, UsageError
from efficoder.exports.formats import BY_NAME, Format, FormatName, Item, Lookup
from efficoder.exports.shapes import EvalPlusRow, ExportedRow, ProvenanceRow
from efficoder.types import Candidate, DatasetRecord, Sample

if TYPE_CHECKING:
    import pyarrow

_BATCH_ROWS = 512
_BATCH_BYTES = 32 << 20


class Exported(msgspec.Struct, frozen=True):
    """One data file of an export, by its name in the folder."""

    name: str
    arm: str
    kind: str
    rows: int


def export(
    folder: Path,
    format_name: FormatName,
    records: Iterable[DatasetRecord],
    lookup: Lookup,
    card: Callable[[list[Exported]], str] | None = None,
) -> list[Exported]:
    """Write ``records`` to ``folder`` in one format, with provenance and, if given, the data card as README.md.

    ``records`` is read once and never held whole. An earlier export in ``folder`` is
    replaced; UsageError if the folder holds anything else, InputError if the format takes none of the records.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "provenance.jsonl").is_file():
        raise UsageError(f"{folder}: holds files that are not an export; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    _remove(fresh, old)
    fresh.mkdir()
    try:
        files = _write_files(fresh, BY_NAME[format_name], records, lookup)
        if card is not None:
            (fresh / "README.md").write_text(card(files), encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    finally:
        _remove(fresh, old)
    return files


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _write_files(fresh: Path, chosen: Format, records: Iterable[DatasetRecord], lookup: Lookup) -> list[Exported]:
    counts: dict[str, int] = {}
    kinds: dict[str, str] = {}
    stems: dict[str, str] = {}
    with _Files(fresh) as files:
        for record in records:
            item = Item(record, counts.get(record.arm, 0), lookup)
            for stem, row in chosen.rows(item):
                files.add(stem, chosen.suffixes, row)
                stems[stem] = record.arm
            if record.arm in stems.values():
                files.add("provenance", (".jsonl", ".parquet"), _provenance(item))
                counts[record.arm], kinds[record.arm] = item.row + 1, record.kind
    if not counts:
        raise InputError("no row fits this format", hint="`efficoder status RUN` says where tasks were lost")
    if chosen.registry is not None:
        name, text = chosen.registry(kinds)
        (fresh / name).write_text(text, encoding="utf-8")
    return [
        Exported(stem + suffix, arm, kinds[arm], counts[arm])
        for stem, arm in stems.items()
        for suffix in chosen.suffixes
    ]


def _provenance(item: Item) -> ProvenanceRow:
    record, origin, gain = item.record, item.record.origin, item.record.gain
    return ProvenanceRow(
        id=record.id,
        arm=record.arm,
        row=item.row,
        kind=record.kind,
        task_id=record.task_id,
        source=origin.source,
        revision=origin.revision,
        licence=origin.licence,
        url=origin.url,
        line=origin.line,
        chosen_id=record.chosen_id,
        rejected_id=record.rejected_id,
        chosen_models=list(record.chosen_models),
        gain=gain.value if gain else None,
        gain_low=gain.low if gain else None,
        gain_high=gain.high if gain else None,
        chosen_exponent=record.chosen_exponent,
        rejected_exponent=record.rejected_exponent,
    )


def write_evalplus(
    path: Path, samples: Iterable[Sample], model: str, candidate_of: Callable[[str], Candidate | None]
) -> int:
    """One model's answers to the tasks as evalplus reads them, one line each; rewritings of its own code are none. A
    sample without code is an empty solution, so that pass@k counts it. Returns the number of lines. The file appears
    whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    count = 0
    try:
        with _Lines(fresh) as lines:
            for sample in samples:
                if sample.model != model or sample.parent_id is not None:
                    continue
                found = candidate_of(sample.candidate_id) if sample.candidate_id else None
                row = EvalPlusRow(sample.task_id, found.code if found else "")
                lines.write([msgspec.json.encode(row)])
                count += 1
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return count


class _Sink(Protocol):
    def write(self, rows: list[bytes]) -> None: ...

    def close(self) -> None: ...


class _Lines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, rows: list[bytes]) -> None:
        self._file.write(b"".join(row + b"\n" for row in rows))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Parquet:
    def __init__(self, path: Path, shape: type[ExportedRow]) -> None:
        import pyarrow.parquet as pq

        self._schema = arrow_schema(shape)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: list[bytes]) -> None:
        import pyarrow as pa

        self._writer.write_batch(pa.RecordBatch.from_pylist([json.loads(row) for row in rows], schema=self._schema))

    def close(self) -> None:
        self._writer.close()


@dataclass
class _Buffer:
    sinks: list[_Sink]
    rows: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, row: ExportedRow) -> None:
        encoded = msgspec.json.encode(row)
        self.rows.append(encoded)
        self.size += len(encoded)
        if len(self.rows) >= _BATCH_ROWS or self.size >= _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            for sink in self.sinks:
                sink.write(self.rows)
        self.rows, self.size = [], 0


class _Files:
    """The files of an export, opened as rows come for them, flushed and closed together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buffers: dict[str, _Buffer] = {}
        self._open = ExitStack()

    def add(self, stem: str, suffixes: tuple[str, ...], row: ExportedRow) -> None:
        if stem not in self._buffers:
            self._buffers[stem] = _Buffer([self._sink(stem + suffix, type(row)) for suffix in suffixes])
        self._buffers[stem].add(row)

    def _sink(self, name: str, shape: type[ExportedRow]) -> _Sink:
        path = self._folder / name
        sink: _Sink = _Lines(path) if path.suffix == ".jsonl" else _Parquet(path, shape)
        self._open.callback(sink.close)
        return sink

    def __enter__(self) -> "_Files":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if kind is None:
                for buffer in self._buffers.values():
                    buffer.flush()


def arrow_schema(shape: type[ExportedRow]) -> "pyarrow.Schema":
    import pyarrow as pa

    return pa.schema(_arrow_fields(shape))


def _arrow_fields(shape: type[ExportedRow]) -> list["pyarrow.Field"]:
    import pyarrow as pa

    return [pa.field(f.encode_name, _arrow_type(f.type)) for f in msgspec.structs.fields(shape)]


def _arrow_type(annotation: Any) -> "pyarrow.DataType":
    import pyarrow as pa

    plain = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    if annotation in plain:
        return plain[annotation]
    if get_origin(annotation) is list:
        return pa.list_(_arrow_type(get_args(annotation)[0]))
    if get_args(annotation):  # T | None
        return _arrow_type(get_args(annotation)[0])
    return pa.struct(_arrow_fields(annotation))
