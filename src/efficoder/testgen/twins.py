"""The same problem in another language: its tests serve here where this language's own reference agrees with them.

A twin's inputs that have no counterpart in the types of the signature are left out. The twin's source or reference says
what is expected, and the task's own reference must give that too; the check then expects what it gave, since languages
spell one value differently (a tuple, a float of 32 bits). Inputs of our making go back to the twin's reference: it must
not contradict, and where the own one was wrong before, it must agree. docs/decisions/0015 has the reasons.
"""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from efficoder import wire
from efficoder.config import WriteTestsConfig
from efficoder.console import counted
from efficoder.judging.compare import compare
from efficoder.judging.trial import GIVEN_LIMITS, Trial
from efficoder.languages import language
from efficoder.sandbox import Outcome, Sandbox
from efficoder.testgen.answers import has_float
from efficoder.testgen.checks.claims import Proposal
from efficoder.testgen.checks.settle import (
    LARGEST,
    MAX_LOST,
    REASONS,
    WHY,
    is_known,
    not_compiled,
    settle,
    settle_loads,
)
from efficoder.testgen.writer import Doubts, WrittenTests, dropped, write_tests
from efficoder.types import Comparison, Function, Parameter, Task, TaskTests, TestCase, TestFacts

LEAST = 20
"""Checks that must serve, or all of them where a twin has fewer (HumanEval has about seven)."""
SHARE = 0.5
"""The share of a twin's checks that must serve. Of those that fit the types, at most MAX_LOST may have another answer:
more, and the reference is wrong. Floats may be half of them, since many are rounded to 32 bits."""
DIFFERS = "twin_differs"
_CLOSE = 1e-6  # a float of 32 bits has seven digits; HumanEval-X declares most numbers so
_NOTHING = "null"
_SMALL_S = 0.01  # loads for a reference that must be confirmed: the twin takes some fifty times as long on them


def write_tests_of(
    sandbox: Sandbox,
    task: Task,
    tests: TaskTests,
    config: WriteTestsConfig,
    seed: int,
    proposal: Proposal | None = None,
    doubts: Doubts | None = None,
) -> WrittenTests:
    """``write_tests``, for a task that may have its tests from a twin."""
    doubts = doubts or Doubts()
    if tests.twin is None:
        return write_tests(sandbox, task, tests, config, seed, proposal, doubts)
    facts = TestFacts(task_id=task.id, twin=tests.twin.id)
    if task.reference is None:
        return dropped(task, facts, "no_reference", f"nothing in its language answers the tests of {tests.twin.id}")
    lent = _Lender(Trial(sandbox, tests.twin), Trial(sandbox, task), tests)
    given = lent.serving()
    if lent.problem:
        return dropped(task, facts, lent.problem, lent.detail)
    doubted = DIFFERS in given.lost
    if doubted:
        config = dataclasses.replace(config, target_s=min(config.target_s, _SMALL_S))
    written = write_tests(sandbox, task, given, config, seed, proposal, doubts)
    if written.drop is None and not lent.confirms(written.tests, all_of_them=doubted):
        given = msgspec.structs.replace(given, load_programs=())
        config = dataclasses.replace(config, mutate=False)
        written = write_tests(sandbox, task, given, config, seed, None, doubts)
    return dataclasses.replace(written, facts=msgspec.structs.replace(written.facts, twin=tests.twin.id))


@dataclasses.dataclass
class _Lender:
    """The twin's trial, the task's own, and what the twin has."""

    twin: Trial
    own: Trial
    tests: TaskTests
    problem: str = ""
    """Why the task cannot be used; empty where it can."""
    detail: str = ""

    def serving(self) -> TaskTests:
        """The twin's checks and loads on which both references agree, as this task's; else ``problem`` is set."""
        twin, tests = self.tests.twin, self.tests
        assert twin is not None
        settled = settle(self.twin, tests.checks, tests.lost)
        loads = settle_loads(self.twin, settled, tests.loads) if settled.problem is None else []
        if settled.problem is not None:
            self._fail(f"twin_{settled.problem}", f"{twin.id}: {settled.detail}")
            return tests
        lost = Counter(settled.lost)
        checks = self._agreed(settled.checks, lost)
        offered, missing = len(settled.checks), lost - settled.lost
        floats = any(has_float(text) for check in settled.checks for text in (check.input, str(check.expected)))
        wrong = lost[DIFFERS] > (SHARE if floats else MAX_LOST) * (len(checks) + lost[DIFFERS])
        if not self.problem and (wrong or len(checks) < max(min(LEAST, offered), SHARE * offered)):
            counts = ", ".join(f"{count}: {WHY[reason]}" for reason, count in missing.most_common())
            self._fail("few_twin_checks", f"{len(checks)} of {counted(offered, 'check')} of {twin.id} serve ({counts})")
        if not self.problem and {check.expected for check in checks} == {_NOTHING}:
            self._fail("few_twin_checks", f"every answer of {twin.id} is nothing")
        kept = self._agreed(loads, lost) if not self.problem else []
        return TaskTests(
            task_id=tests.task_id,
            checks=tuple(checks),
            loads=tuple(kept),
            load_programs=tests.load_programs,
            comparison=tests.comparison,
            lost=dict(+lost),
        )

    def confirms(self, tests: TaskTests, *, all_of_them: bool) -> bool:
        """Whether the twin's reference gives no other answer to an input of our making. One that takes it too long is
        left to this task's reference alone, unless ``all_of_them`` are to be confirmed."""
        made = [case for index, case in enumerate(tests.judged) if index in tests.ours]
        ours = [case for case in made if case.expected is not None and case.comparison.kind != "checker"]
        answers = self.twin.each(self._twins_reference, [case.input for case in ours], GIVEN_LIMITS, patient=True)
        return all(
            not all_of_them
            if answer is None
            else self._met(_expecting(case, answer), str(case.expected).encode()) is not None
            for case, answer in zip(ours, answers, strict=True)
        )

    @property
    def _twins_reference(self) -> str:
        return self.twin.task.reference or ""

    def _agreed(self, cases: Sequence[TestCase], lost: Counter[str]) -> list[TestCase]:
        """Those of the twin's cases that serve here."""
        fitting = [case for case in cases if not self.own.misfit(case.input) and self._has_answer(case)]
        lost["misfit"] += len(cases) - len(fitting)
        first, second = self.own.seeded(self.own.task.reference or "", [case.input for case in fitting])
        if uncompiled := not_compiled(first):
            self._fail("reference_fails", uncompiled)
            return []
        agreed = []
        for case, answer, again in zip(fitting, first, second, strict=True):
            if isinstance(answer, Outcome):
                lost[REASONS.get(answer.ended, DIFFERS)] += 1
                continue
            known = case if is_known(case) else self._asked(case)
            found = known and self._met(known, answer)
            if found is None:
                lost[DIFFERS] += 1
            elif isinstance(again, Outcome) or self._met(found, again) is None:
                lost["nondeterministic"] += 1
            else:
                long = len(answer) > LARGEST and found.expected != case.expected
                agreed.append(msgspec.structs.replace(found, expected=None, origin="reference") if long else found)
        return agreed

    def _has_answer(self, case: TestCase) -> bool:
        """Whether the declared type has the expected value: an integer beyond it is nobody's mistake either."""
        task, shape = self.own.task, self.own.task.interface
        if case.expected is None or case.comparison.kind == "checker" or not isinstance(shape, Function):
            return True
        answer = Parameter(name="answer", annotation=shape.returns, codec=shape.returns_codec)
        asked = msgspec.structs.replace(task, interface=msgspec.structs.replace(shape, parameters=(answer,)))
        used = language(task.language)
        if shape.returns is None or used.unsupported(asked) is not None:
            return True
        value = wire.decode(case.expected)
        spelled = [value, list(value)] if isinstance(value, set | frozenset) else [value]
        return any(not used.misfit(asked, wire.encode([_plain(each)])) for each in spelled)

    def _asked(self, case: TestCase) -> TestCase | None:
        """A case whose expected value is too long to be stored, with what the twin's reference answers."""
        (answer,) = self.twin.each(self._twins_reference, [case.input])
        return None if answer is None else _expecting(case, answer)

    def _met(self, case: TestCase, answer: bytes) -> TestCase | None:
        """The case as it serves here, where ``answer`` is what it expects; else None."""
        rule = case.comparison
        if not isinstance(self.own.task.interface, Function) or rule.kind in {"checker", "not_none"}:
            return case if all(self.own.fits([case], [answer])) else None
        try:
            expected, got = (wire.decode(text) for text in (str(case.expected), answer))
        except ValueError:
            return None
        if isinstance(expected, set | frozenset) and isinstance(got, list):
            expected, rule = list(expected), Comparison(kind="set")
        text = answer.decode("utf-8", "replace")
        if rule.kind in {"exact", "float"} and (has_float(str(case.expected)) or has_float(text)):
            rule = Comparison(kind="float", absolute=max(rule.absolute, _CLOSE), relative=max(rule.relative, _CLOSE))
        if not compare(wire.encode(_plain(expected)), wire.encode(_plain(got)).encode(), rule):
            return None
        return msgspec.structs.replace(case, expected=text, comparison=rule, origin="agreement")

    def _fail(self, problem: str, detail: str) -> None:
        self.problem, self.detail = problem, detail


def _expecting(case: TestCase, answer: bytes) -> TestCase:
    return msgspec.structs.replace(case, expected=answer.decode("utf-8", "replace"))


def _plain(value: Any) -> Any:
    """Lists in the place of tuples and of what is gone through: other languages have one kind of sequence."""
    if isinstance(value, tuple | list | wire.Iterated):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
