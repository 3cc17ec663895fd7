"""docs/trust.md claims only what a test or an attack shows, and each of those is there."""

import re
import subprocess
import sys
from pathlib import Path

from efficoder.sandbox.conformance import suite

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
COVERED = PAGE.split("## Covered\n")[1].split("\n## ")[0]
TEST, ATTACK = re.compile(r"`(tests/[\w/.]+::\w+)`"), re.compile(r"\*attack: ([^*]+)\*")


def claims() -> list[str]:
    return [" ".join(part.split()) for part in COVERED.split("\n- ")[1:]]


def test_every_claim_names_what_shows_it() -> None:
    assert len(claims()) > 20
    for claim in claims():
        words = ATTACK.sub("", TEST.sub("", claim.split("**")[0]))
        assert words != claim.split("**")[0], f"nothing shows: {claim}"
        assert words.count(". ") <= 1, f"more than one sentence, and it is not said which of them is shown: {words}"


def test_every_attack_that_is_named_is_tried() -> None:
    tried = {attack.name for attack in suite("A")}
    assert set(ATTACK.findall(COVERED)) - {"name"} <= tried


def test_every_test_that_is_named_is_collected() -> None:
    named = sorted(set(TEST.findall(PAGE)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *named],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
