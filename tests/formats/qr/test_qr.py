"""A QR code says its text, carries a name, and needs no inline style."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import segno

from lifelong.formats import qr

TEXTS = ["x", "https://cme.example.edu/verify/q7Xk2mZtB4vN9sLwR1yHcD3f", "é漢字 ☤", "A" * 300]


@pytest.mark.parametrize("text", TEXTS)
def test_the_modules_are_those_of_the_standard(text: str) -> None:
    code = segno.make(text.encode(), error="m", mask=3, mode="byte", boost_error=False, micro=False)
    assert qr.matrix(text) == tuple(tuple(bool(module) for module in row) for row in code.matrix)


def test_a_batch_draws_what_single_codes_draw() -> None:
    texts = [f"v/{number:03d}" for number in range(60)]  # 60 of 5 bytes: enough to be drawn from patterns
    assert qr.paths_of([*texts, "odd one out"]) == [qr.path_of(text) for text in [*texts, "odd one out"]]


def test_the_drawing_covers_exactly_the_dark_modules() -> None:
    path, side = qr.path_of(TEXTS[1])
    dark = set()
    for step in path.replace("z", "").split("M")[1:]:
        x, y = step.split("h")[0].split()
        dark |= {(int(y) - 4, int(x) - 4 + run) for run in range(int(step.split("h")[1].removesuffix("v1")))}
    modules = qr.matrix(TEXTS[1])
    assert dark == {(y, x) for y, row in enumerate(modules) for x, module in enumerate(row) if module}
    assert side == len(modules) + 8


def test_the_svg_is_named_safe_and_free_of_style() -> None:
    drawing = qr.svg("https://cme.example.edu", '"><script>alert(1)</script>&')
    root = ET.fromstring(drawing)
    assert root.get("role") == "img"
    assert root.get("aria-label") == root[0].text == '"><script>alert(1)</script>&'
    assert root[0].tag.endswith("title")
    assert "style" not in drawing and "<script" not in drawing


@pytest.mark.parametrize("text", ["", "x" * 2332])
def test_a_text_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        qr.svg(text, "too long")
