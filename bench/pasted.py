"""README and docs as a new user pastes them: a fresh clone, a bare environment, an empty home, another user where this
one is root. Prints how each line ended and how long it took; exit code 1 where one did not end with 0.

    python bench/pasted.py FOLDER > pasted.tsv     # FOLDER is made, and must not be there

What the lines printed is in FOLDER/log.txt. It takes an index of packages for `make setup`, and about half an hour.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "first-hour.md"]
PAGES += [page for page in (ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))) if page not in PAGES]
"""In the order of reading: the others go on from the first."""
SET = "needs the published file of a set"
NOT_RUN = {
    r"make test\b": "runs the tests, for as long as they take",
    r"pip install\b": "needs a package index",
    r"efficoder view\b": "serves until Ctrl-C; tests/view does it",
    r"efficoder \S+ (humanevalplus|mbppplus|bigcodebench)\b": SET,
    r"efficoder study (loads|selection) RUN\b": SET + ", and a model to train",
    r"efficoder models pull\b": "downloads weights",
    r"efficoder push\b(?!.*--dry-run)": "uploads; tests/cli does it with a hub on loopback",
    r"efficoder train\b": "needs weights; tests/training does it",
    r"python examples/reward_trl.py\b": "needs a model; tests/training does GRPO",
}
"""What is not run, as a pattern of its start, and why."""
NOBODY = 65534


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The language and the text of each fenced block."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def shown(page: Path) -> list[str]:
    """The lines that a reader pastes, in order."""
    consoles = (text for language, text in blocks(page) if language == "console")
    return [line.removeprefix("$ ") for text in consoles for line in text.splitlines() if line.startswith("$ ")]


def why_not(command: str) -> str | None:
    return next((reason for pattern, reason in NOT_RUN.items() if re.match(pattern, command)), None)


def script(commands: Sequence[str], log: Path) -> str:
    """One shell for all, as a reader has it; each line's exit code and seconds go to standard output."""
    steps = []
    for command in commands:
        steps.append(f"began=$SECONDS; {{ printf '\\n$ %s\\n' {shlex.quote(command)}\n{command}")
        steps.append(f"}} >>{shlex.quote(str(log))} 2>&1 </dev/null")
        steps.append("printf '%s\\t%s\\n' $? $((SECONDS - began))")
    return "\n".join(steps)


def main(folder: Path) -> int:
    folder.mkdir()
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    commands = [(page.name, command) for page in PAGES for command in shown(page)]
    run = [(page, command) for page, command in commands if not why_not(command)]
    shell = ["env", "-i", f"HOME={folder}", "PATH=/usr/bin:/bin", "TERM=dumb", "bash", "-c"]
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)
        shell = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *shell]
    text = script([command for _, command in run], folder / "log.txt")
    ended = []
    with subprocess.Popen([*shell, text], cwd=clone, stdout=subprocess.PIPE, text=True) as ran:
        assert ran.stdout is not None
        for (page, command), line in zip(run, ran.stdout, strict=False):
            code, seconds = line.split()
            ended.append(code)
            print(page, code, f"{seconds} s", command, sep="\t", flush=True)
    for page, command in commands:
        if reason := why_not(command):
            print(page, "not run", "", f"{command}: {reason}", sep="\t")
    return 0 if ended == ["0"] * len(run) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
