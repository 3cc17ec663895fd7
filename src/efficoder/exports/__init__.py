"""DATASET ROWS TO THE FILES TRAINERS READ: TRL, LLaMA-Factory, axolotl, verl, evalplus, the hub.

shapes.py   one Struct a shape of row
formats.py  a record as rows of each format
files.py    rows into a folder, in batches
check.py    an export loaded as a trainer would
hub.py      files to the Hugging Face hub
"""

from efficoder.exports.check import Checked, check_export
from efficoder.exports.files import Exported, export, write_evalplus
from efficoder.exports.formats import FORMATS, FormatName, Grading, Lookup, read_tests

__all__ = [
    "FORMATS",
    "Checked",
    "Exported",
    "FormatName",
    "Grading",
    "Lookup",
    "check_export",
    "export",
    "read_tests",
    "write_evalplus",
]
