"""The search for loads against programs whose time is a formula of their input."""

from collections.abc import Callable

import pytest

from efficoder.testgen.loads.growth import Growth
from efficoder.testgen.loads.search import Ran, Search, SearchSettings, Trail

SETTINGS = SearchSettings(target_s=0.05, max_text=1 << 20, budget_s=2.0, budget_text=8 << 20)


def search(seconds: Callable[[int], float], *, cap: int = 1 << 20, limit_s: float = 0.4) -> tuple[Search, int, float]:
    def run(text: str) -> Ran:
        taken = seconds(len(text))
        return Ran(min(taken, limit_s), taken < limit_s)

    made = Search(run, SETTINGS, 0)
    (trail,) = made.trails([Growth("text", lambda size, _seed: "x" * size, 8, cap)])
    return made, *trail.best


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("linear", lambda n: 1e-7 * n),
        ("n log n", lambda n: 2e-8 * n * n.bit_length()),
        ("square", lambda n: 1e-8 * n**2),
        ("cube", lambda n: 1e-8 * n**3),
        ("steep", lambda n: 1e-12 * n**7),
    ],
)
def test_the_target_is_met_and_not_passed_far(name: str, seconds: Callable[[int], float]) -> None:
    made, _, taken = search(seconds)
    assert SETTINGS.target_s <= taken <= 4 * SETTINGS.target_s
    assert made.spent_s < 1.0


def test_exponential_time_is_approached_from_below() -> None:
    made, _, taken = search(lambda n: 1e-7 * 2.0 ** min(n, 200))
    assert taken >= SETTINGS.target_s / 4
    assert made.spent_s < SETTINGS.budget_s + 0.4


def test_a_program_with_a_least_size_is_grown_beyond_it_and_one_without_sizes_is_run_once() -> None:
    ran: list[int] = []

    def run(text: str) -> Ran:
        ran.append(len(text))
        return Ran(1e-6 * len(text), True)

    for least, slow in ((1000, True), (10**9, False)):
        ran.clear()
        made = Search(run, SETTINGS, 0)
        (trail,) = made.trails([Growth("text", lambda n, _seed, least=least: "x" * (max(n, least) % 10**8), 16, 10**9)])
        assert (trail.reached_s >= SETTINGS.target_s) is slow
        assert len(ran) == len(set(ran))


def test_sizes_that_no_input_can_be_made_of_are_approached_from_below() -> None:
    made = Search(lambda text: Ran(1e-4 * len(text), True), SETTINGS, 0)
    (trail,) = made.trails([Growth("text", lambda size, _seed: "x" * size if size < 510 else None, 16, 1 << 20)])
    assert 490 <= trail.best[0] < 510


def test_the_bound_of_a_statement_is_not_passed() -> None:
    _, size, taken = search(lambda n: 1e-7 * n, cap=1000)
    assert size == 1000
    assert taken < SETTINGS.target_s


def test_constant_time_ends() -> None:
    made, _, taken = search(lambda n: 1e-6)
    assert taken < SETTINGS.target_s
    assert made.spent_text < 4 * SETTINGS.budget_text


def test_a_way_that_never_runs_gives_no_trail() -> None:
    made = Search(lambda _text: Ran(0.0, False), SETTINGS, 0)
    assert made.trails([Growth("text", lambda size, _seed: "x" * size, 8, 100)]) == []


def test_a_generator_that_fails_gives_no_trail() -> None:
    made = Search(lambda _text: Ran(0.1, True), SETTINGS, 0)
    assert made.trails([Growth("none", lambda _size, _seed: None, 8, 100)]) == []


def test_a_generator_that_heeds_no_size_from_some_point_on_is_not_asked_on_and_on() -> None:
    asked: list[int] = []

    def write(size: int, _seed: int) -> str:
        asked.append(size)
        return "x" * min(size, 100)

    (trail,) = Search(lambda text: Ran(1e-6 * len(text), True), SETTINGS, 0).trails([Growth("capped", write, 8, 10**9)])
    assert len(asked) == len(set(asked)) <= 6
    assert len(trail.inputs) == len(trail.points)


def test_where_no_time_shows_the_largest_input_of_moderate_length_is_the_load() -> None:
    """A slower program may need time there; noise must not choose a small one."""
    trail = Trail(Growth("g", lambda size, seed: None, 1, 10**6), 0.05)
    trail.points = {8: 2e-4, 64: 9e-4, 2000: 1e-4, 10**6: 3e-4}
    trail.lengths = {8: 25, 64: 200, 2000: 9000, 10**6: 3_000_000}
    assert trail.best == (2000, 1e-4)
