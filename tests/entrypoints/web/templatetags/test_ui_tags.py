"""The words and marks in which every page is written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.forms.renderers import BaseRenderer
from django.template import Context, Engine
from django.template.backends.django import DjangoTemplates, Template

from lifelong.entrypoints.web.templatetags import lifelong_ui as ui
from lifelong.rules.gates import Gate, GateState, State
from lifelong.rules.verdict import Reason, Verdict

PACKAGE = Path(ui.__file__).parents[3]
ENGINE = Engine(dirs=[str(PACKAGE / "templates")], libraries={"lifelong_ui": ui.__name__}, debug=True)
FORM_TEMPLATES = DjangoTemplates(
    {
        "NAME": "look",
        "DIRS": [PACKAGE / "templates", Path(forms.__file__).parent / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"libraries": {"lifelong_ui": ui.__name__}},
    }
)
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


def page(source: str, **context: object) -> str:
    return ENGINE.from_string("{% load lifelong_ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("zone", "place", "form", "words"),
    [
        ("America/New_York", "Boston", "", "Tue 24 Nov 2026, 12:00 (Boston)"),
        ("America/Chicago", "St. Louis", "", "Tue 24 Nov 2026, 11:00 (St. Louis)"),
        (ZoneInfo("America/New_York"), "", "short", "Tue 24 Nov, 12:00"),
        ("America/New_York", "", "clock", "12:00"),
    ],
)
def test_a_moment_is_told_where_it_happens(zone: str, place: str, form: str, words: str) -> None:
    html = ui.when(NOON, zone, place, form)
    assert re.sub("<[^>]+>", "", html) == words
    assert 'datetime="2026-11-24T1' in html


def test_a_span_names_the_second_day_only_when_it_differs() -> None:
    later = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
    next_day = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    plain = [re.sub("<[^>]+>", "", ui.when_span(NOON, end, "America/New_York", "Boston")) for end in (later, next_day)]
    assert plain == [
        "Tue 24 Nov 2026, 12:00 to 13:00 (Boston)",
        "Tue 24 Nov 2026, 12:00 to Wed 25 Nov 2026, 13:00 (Boston)",
    ]


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        ui.when(datetime(2026, 11, 24, 12, 0), "America/New_York")  # noqa: DTZ001 -- the naive time is the point


def test_nothing_is_a_dash() -> None:
    assert (ui.when(None, "UTC"), ui.day(None), ui.credit(None)) == ("–", "–", "–")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Decimal("1"), "1.0"),
        (Decimal("1.25"), "1.25"),
        (Decimal("31.50"), "31.5"),
        (50, "50.0"),
        (Decimal("1E+1"), "10.0"),
        (0, "0.0"),
    ],
)
def test_credit_shows_its_step_and_no_idle_zeros(amount: Decimal | int, words: str) -> None:
    assert ui.credit(amount) == words


def test_days_are_written_out() -> None:
    assert (ui.day(date(2026, 11, 24)), ui.day(date(2026, 1, 2), "short")) == ("Tue 24 Nov 2026", "Fri 2 Jan")


@pytest.mark.parametrize("kind", ui.CHIP_WORDS)
def test_a_chip_always_has_icon_and_word(kind: str) -> None:
    html = ui.chip(kind)
    assert "<svg" in html and ui.CHIP_WORDS[kind][1] in html


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([a-z]+)"', (PACKAGE / "static" / "img" / "icons.svg").read_text()))
    named = {
        name
        for path in (PACKAGE / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([a-z-]+)"', path.read_text())
    }
    assert named | {symbol for symbol, _ in ui.CHIP_WORDS.values()} <= sprite


def test_the_ring_is_spoken_and_never_more_than_full() -> None:
    html = ui.ring(60, 50, "60 of 50 credits")
    assert 'aria-label="60 of 50 credits"' in html and "ring--done" in html
    part, whole = (float(number) for number in re.findall(r'stroke-dasharray="([\d.]+) ([\d.]+)"', html)[0])
    assert part == whole
    assert "ring__value" not in ui.ring(0, 0, "nothing yet")


def test_names_are_escaped_everywhere() -> None:
    hostile = "<b>x</b>"
    source = "{% chip 'block' name %}{% icon 'award' name %}{% panel name %}{{ name }}{% endpanel %}{% note title=name %}{% endnote %}{% ring 1 2 name %}"
    assert hostile not in page(source, name=hostile)


def test_the_rail_opens_the_first_gate_that_is_not_passed_and_folds_the_rest() -> None:
    reason = Reason("x", "Dr. Rivera has not disclosed.", "Ask again.", "faculty")
    rail = [
        GateState(Gate.INTAKE, "Intake", State.PASSED, Verdict()),
        GateState(Gate.PLANNING, "Planning", State.MISSING, Verdict((reason,))),
        GateState(Gate.DESIGN, "Design", State.WAITING, Verdict()),
        GateState(Gate.FACULTY, "Faculty", State.MISSING, Verdict((reason,))),
    ]
    steps = ui.gate_steps(rail)
    assert [step["word"] for step in steps] == ["Passed", "1 open", "Later", "Later"]
    html = page("{% include 'parts/gate_rail.html' %}", rail=rail, mended_at={"faculty": "/plan/people/#id_email"})
    assert html.count("<details>") == 1 and html.count('href="/plan/people/#id_email"') == 2


def test_roles_are_words_in_a_stable_order() -> None:
    assert ui.role_words({"credit_officer", "coordinator"}) == "coordinator, credit officer"


class Look(BaseRenderer):
    """Our templates before those of the framework, whatever the settings of the moment are."""

    def get_template(self, template_name: str) -> Template:
        return FORM_TEMPLATES.get_template(template_name)


class Plan(forms.Form):
    title = forms.CharField(help_text="As in the catalogue.")
    note = forms.CharField(required=False)
    audience = forms.MultipleChoiceField(choices=[("p", "Physicians")], widget=forms.CheckboxSelectMultiple)
    agreed = forms.BooleanField()


@pytest.fixture
def refused() -> str:
    return str(Plan({}, renderer=Look()))


def test_a_refused_form_links_every_error_to_an_input_that_exists(refused: str) -> None:
    targets = re.findall(r'<li><a href="#([\w]+)"', refused)
    assert len(targets) == 3
    assert all(f'id="{target}"' in refused for target in targets)


def test_an_input_points_to_its_help_and_its_error(refused: str) -> None:
    described = re.search(r'name="title"[^>]*aria-describedby="([^"]+)"', refused)
    assert described
    assert all(f'id="{place}"' in refused for place in described.group(1).split())
    assert 'aria-invalid="true"' in refused


def test_only_optional_fields_are_marked(refused: str) -> None:
    assert refused.count("(optional)") == 1


@pytest.mark.parametrize("path", sorted((PACKAGE / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_breaks_the_content_policy(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle\s*=|<style\b|\son(click|load|change|submit|input|error)\s*=|javascript:", source)
    for attributes in re.findall(r"<script\b([^>]*)>", source):
        assert "src=" in attributes or "json" in attributes
