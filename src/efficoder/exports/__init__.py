"""Dataset rows to the files trainers read: TRL, LLaMA-Factory, axolotl, verl, evalplus.

shapes.py has one Struct a shape of row, formats.py turns a record into rows, files.py writes them in batches,
check.py loads them again as a trainer would.
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
