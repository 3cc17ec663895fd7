"""The command line as it is called: in this process, with its exit code."""

import sys

import pytest

from efficoder.cli.main import main


def exit_code(*words: object) -> object:
    """What `efficoder WORDS` ends with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["efficoder", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    return ended.value.code
