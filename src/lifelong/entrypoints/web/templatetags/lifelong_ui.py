"""Tags for every page: icon, chip, ring, chart, when, day, credit, gate_steps, and the slots panel and note. See docs/design.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from lifelong.formats.charts.model import Chart
from lifelong.formats.charts.ring import ring_svg
from lifelong.rules.gates import GateState, State
from lifelong.rules.verdict import Reason

register = template.Library()

#: kind of state -> (icon, the word used when none is given)
CHIP_WORDS: dict[str, tuple[str, str]] = {
    "block": ("block", "Blocks"),
    "warn": ("warn", "Look at this"),
    "done": ("done", "Done"),
    "info": ("info", "For information"),
    "wait": ("wait", "Waits"),
    "draft": ("draft", "Draft"),
    "none": ("none", "Not started"),
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@register.simple_tag
@lru_cache(maxsize=512)  # a page of a list asks for the same few marks a hundred times
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of the sprite. Without a label it is decoration; with one it speaks the label."""
    href = f"{static('img/icons.svg')}#{name}"
    kind = "icon icon--mark" if name == "mark" else "icon"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', kind, label, href)
    return format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', kind, href)


@register.simple_tag
@lru_cache(maxsize=512)
def chip(kind: str, word: str = "") -> SafeString:
    """A state as icon and word: kind is block, warn, done, info, wait, draft or none."""
    symbol, usual = CHIP_WORDS.get(str(kind), CHIP_WORDS["none"])
    return format_html('<span class="chip chip--{}">{}{}</span>', kind, icon(symbol), word or usual)


@register.simple_tag
def ring(value: Decimal | float | int, of: Decimal | float | int, text: str, size: str = "large") -> SafeString:
    """The gap mark as progress: `value` of `of`, spoken as `text`. size: large (number inside) or small (in a line)."""
    share = 0.0 if not of else float(value) / float(of)
    return mark_safe(ring_svg(share, number=credit(value) if size == "large" else "", text=text, size=size))


@register.simple_tag
def chart(drawn: Chart) -> SafeString:
    """The SVG of a chart from `lifelong.formats.charts`; that package escapes every text it is given."""
    if not drawn.narrow_svg:
        return mark_safe(drawn.svg)
    return mark_safe(f'<div class="chart-wide">{drawn.svg}</div><div class="chart-narrow">{drawn.narrow_svg}</div>')


@register.filter
def credit(amount: Decimal | float | int | str | None) -> str:
    """An amount of credit: at least one decimal, no idle zeros (1.0, 1.25, 31.5); a dash when there is none."""
    if amount is None or amount == "":
        return "–"
    exact = Decimal(str(amount)).normalize()
    places = max(1, -int(exact.as_tuple().exponent))
    return f"{exact:.{places}f}"


@register.filter
def day(value: date | None, form: str = "") -> str:
    """A day as "Tue 24 Nov 2026"; `day:"short"` leaves out the year."""
    if value is None:
        return "–"
    text = f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"
    return text if form == "short" else f"{text} {value.year}"


@register.simple_tag
def when(at: datetime | None, zone: str | ZoneInfo, place: str = "", form: str = "") -> SafeString | str:
    """A moment in the place where it happens: "Tue 24 Nov 2026, 07:30 (Boston)".

    `at` is aware (a naive one raises ValueError); form: "" whole, "short" without year, "clock" only 07:30.
    """
    if at is None:
        return "–"
    local = _local(at, zone)
    clock = f"{local:%H:%M}"
    text = clock if form == "clock" else f"{day(local, form)}, {clock}"
    return format_html('<time datetime="{}">{}{}</time>', local.isoformat(timespec="minutes"), text, _in(place))


@register.simple_tag
def when_span(start: datetime, end: datetime, zone: str | ZoneInfo, place: str = "", form: str = "") -> SafeString:
    """A span in one place: "Tue 24 Nov 2026, 12:00 to 13:00 (Boston)"; the second day is named when it differs."""
    first, last = _local(start, zone), _local(end, zone)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{day(last, form)}, {last:%H:%M}"
    return format_html(
        '<time datetime="{}">{}, {}</time> to <time datetime="{}">{}</time>{}',
        first.isoformat(timespec="minutes"), day(first, form), f"{first:%H:%M}",
        last.isoformat(timespec="minutes"), until, _in(place),
    )  # fmt: skip


def _local(at: datetime, zone: str | ZoneInfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A time without a zone cannot be shown; give an aware datetime in UTC.")
    return at.astimezone(zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone))


def _in(place: str) -> str:
    return f" ({place})" if place else ""


@register.filter
def role_words(roles: Iterable[str]) -> str:
    """Roles as people say them, in a stable order: "coordinator, credit officer"."""
    return ", ".join(sorted(str(role).replace("_", " ") for role in roles))


@register.filter
def plain(key: str | None) -> str:
    """A kept key as words: "text_message" as "text message", "physician_assistant" as "physician assistant"."""
    return str(key or "").replace("_", " ")


@register.filter
def to_mend(errors: Mapping[str, Collection[str]]) -> str:
    """How many sentences a refused form shows, for the head of their list; a field may have several."""
    count = sum(len(said) for said in errors.values())
    return "One thing to mend" if count == 1 else f"{count} things to mend"


@register.simple_tag
def gate_steps(rail: Iterable[GateState], places: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The rail for the page: the first gate that is not passed is current and shows its findings; later ones fold theirs.

    places: field of a finding -> the address where it is mended; a finding without one is only told.
    """
    steps: list[dict[str, Any]] = []
    found = False
    for state in rail:
        passed = state.state is State.PASSED
        # A passed gate that fails again is MISSING and sits among passed ones: it is current as well.
        current = not passed and not found
        found = found or current
        kind, word = _gate_word(state, current)
        steps.append({
            "gate": str(state.gate), "name": state.name, "current": current, "later": not passed and not current,
            "findings": [_finding(reason, places or {}) for reason in state.verdict.reasons], "kind": kind, "word": word,
        })  # fmt: skip
    return steps


def _finding(reason: Reason, places: Mapping[str, str]) -> dict[str, str]:
    return {
        "severity": str(reason.severity), "sentence": reason.sentence, "next_step": reason.next_step,
        "url": places.get(reason.field, ""),
    }  # fmt: skip


def _gate_word(state: GateState, current: bool) -> tuple[str, str]:
    if state.state is State.PASSED:
        return "done", "Passed"
    if not current:
        return "none", "Later"
    if state.state is State.WAITING:
        return "info", "Ready"
    return "block", f"{len(state.verdict.blocking)} open"


@register.filter
def get(row: Mapping[Any, Any] | Any, key: Any) -> Any:
    """The value of a column: a key of a mapping or an attribute of an object; empty text when absent."""
    if isinstance(row, Mapping):
        return row.get(key, "")
    return getattr(row, key, "") if isinstance(key, str) else ""


@register.simple_tag(takes_context=True)
def table_rows(context: template.Context, rows: Iterable[Any]) -> SafeString:
    """The body of `parts/table.html`: one line a row, one cell a column; everything given is escaped.

    Written here and not as an include per cell: fifty rows of five cells took fifteen milliseconds that way.
    """
    lines = ("".join(_cell(context, cell) for cell in get(row, "cells")) for row in rows)
    return mark_safe("".join(f"<tr>{line}</tr>" for line in lines))


def _cell(context: template.Context, cell: Any) -> str:
    """One cell. Keys: text, url, chip, action, sub, label (of the column, on a phone), number, head."""
    text = get(cell, "text")
    shown = conditional_escape("–" if text is None else text)
    if kind := get(cell, "chip"):
        inner = str(chip(kind, text))
    elif url := get(cell, "url"):
        inner = f'<a href="{conditional_escape(url)}">{shown}</a>'
    elif action := get(cell, "action"):
        with context.push(action=action, small=True):
            inner = context.template.engine.get_template("parts/action.html").render(context)  # type: ignore[union-attr]  # while it renders
    else:
        inner = shown
    sub = get(cell, "sub")
    under = f'<span class="data__sub">{conditional_escape(sub)}</span>' if sub else ""
    whole = f'<span class="data__in">{inner}{under}</span>'
    if get(cell, "head"):
        return f'<th scope="row" data-label="">{whole}</th>'
    number = ' class="number"' if get(cell, "number") else ""
    return f'<td{number} data-label="{conditional_escape(get(cell, "label") or "")}">{whole}</td>'


@register.simple_block_tag
def panel(content: str, title: str, href: str = "", link: str = "", anchor: str = "") -> SafeString:
    """A section under a hairline, with its heading and at most one link at the right."""
    more = format_html('<a href="{}">{}</a>', href, link) if href else ""
    where = format_html(' id="{}"', anchor) if anchor else ""
    return format_html(
        '<section class="panel"{}><div class="panel__head"><h2>{}</h2>{}</div>{}</section>', where, title, more, content
    )


@register.simple_block_tag
def note(content: str, kind: str = "info", title: str = "") -> SafeString:
    """A message inside a page: kind is info, done, warn or block."""
    symbol, word = CHIP_WORDS.get(kind, CHIP_WORDS["info"])
    heading = format_html("<p><strong>{}</strong></p>", title) if title else ""
    return format_html('<div class="note note--{}">{}<div>{}{}</div></div>', kind, icon(symbol, word), heading, content)
