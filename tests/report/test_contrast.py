"""Colours of the style sheet: text has 4.5:1 against all it stands on, marks of charts 3:1, in light and in dark."""

import re

import pytest

from efficoder.report.render import style

SHEET = str(style())
TEXT_GROUNDS = ("page", "card", "track", "cut", "add")
DECORATION = {"line", "track", "page"}
"""Grid lines, the ground of a bar and the halo of a name carry nothing."""


def palette(dark: bool) -> dict[str, str]:
    roots = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", roots[dark]))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def used(pattern: str) -> set[str]:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", SHEET)
    return {name for _, body in rules for name in re.findall(pattern + r": var\(--([\w-]+)\)", body)}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_is_readable_on_all_it_stands_on(dark: bool) -> None:
    colours = palette(dark)
    texts = used(r"(?<![-\w])color")
    assert {"ink", "soft", "faint", "after", "warn"} <= texts
    narrow = {"page": ("after",), "warn": ("page",), "faint": TEXT_GROUNDS[:3], "after": TEXT_GROUNDS[:3]}
    for name in texts:  # code alone stands on what was cut and added; a button's words on the colour of marks
        for ground in narrow.get(name, TEXT_GROUNDS):
            assert contrast(colours[name], colours[ground]) >= 4.5, f"{name} on {ground}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_marks_stand_out_from_the_page(dark: bool) -> None:
    colours = palette(dark)
    marks = used("(?:fill|stroke)") - DECORATION
    assert {"after", "before", "lost", "ink", "warn"} <= marks
    for name in marks:
        for ground in ("page", "card", "track"):
            assert contrast(colours[name], colours[ground]) >= 3.0, f"{name} on {ground}"


def test_no_colour_is_thinned_and_none_stands_outside_the_palette() -> None:
    rules = SHEET.partition("* {")[2]
    assert "opacity" not in rules
    assert not re.search(r"#[0-9a-f]{3,8}\b", rules)


def test_both_palettes_name_the_same_colours() -> None:
    assert palette(False).keys() == palette(True).keys()
