"""What we know from surveys: forms to show, and sums of what was answered. Small groups are never shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.composed import Composed
from lifelong.kernel.problems import NotFound
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.forms import BEFORE_NOW, NOT_APPLICABLE, FormQuestion, Option, Row, SurveyForm
from lifelong.loop.surveys.models import Instrument, Question, SurveyInvitation, Tally
from lifelong.rules.books import load_book

KINDS_OF_FORMS: list[tuple[str, str]] = list(Instrument.Kind.choices)


def form(instrument: Instrument) -> SurveyForm:
    """The instrument as plain data. A published version never changes, so it is read once by each process."""
    if instrument.published_at is None:
        return _form(instrument.pk)
    return _published_form(instrument.pk, instrument.key, instrument.version, instrument.published_at)


@lru_cache(maxsize=512)
def _published_form(pk: int, key: str, version: int, published_at: dt.datetime) -> SurveyForm:
    return _form(pk)


def _form(pk: int) -> SurveyForm:
    row = Instrument.objects.get(pk=pk)
    questions = tuple(_form_question(question) for question in row.questions.all())
    return SurveyForm(
        row.pk, row.key, row.version, row.kind, row.title, row.intro, row.is_anonymous, questions, row.is_matched,
        row.passing_percent,
    )  # fmt: skip


def _form_question(question: Question) -> FormQuestion:
    rows = (
        BEFORE_NOW
        if question.kind == Question.Kind.RETRO
        else tuple((row["key"], row["label"]) for row in question.rows)
    )
    return FormQuestion(
        id=question.pk,
        key=question.key,
        kind=question.kind,
        text=question.text,
        help=question.help,
        is_required=question.is_required,
        options=tuple(Option(one["value"], one["label"], one.get("feedback", "")) for one in question.options),
        rows=tuple(Row(key, label) for key, label in rows),
        show_if=(question.show_if_key, question.show_if_value) if question.show_if_key else None,
        objective_id=question.objective_id,
        moore_level=question.moore_level,
        correct_value=question.correct_value,
        rationale=question.rationale,
    )


def published(provider: AccreditedProvider, key: str) -> Instrument | None:
    """The version in use: the newest that was published."""
    rows = Instrument.objects.filter(provider=provider, key=key, published_at__isnull=False)
    return rows.order_by("-version").first()


def instruments(viewer: Actor, provider: AccreditedProvider) -> list[Instrument]:
    """All versions of all forms of the provider, newest first."""
    if not reach(viewer, Permission.SEE_EVALUATION, provider.pk)[0]:
        raise NotFound("form")
    return list(Instrument.objects.filter(provider=provider).order_by("key", "-version"))


def instrument(viewer: Actor, provider: AccreditedProvider, instrument_id: int) -> Instrument:
    found = next((row for row in instruments(viewer, provider) if row.pk == instrument_id), None)
    if found is None:
        raise NotFound("form")
    return found


def editable(of: Instrument) -> list[dict[str, Any]]:
    """Its questions in order, as `save_instrument` takes them."""
    fields = (
        "key", "kind", "text", "help", "is_required", "options", "rows", "show_if_key", "show_if_value", "correct_value", "rationale",
        "objective_id", "moore_level", "kirkpatrick", "is_objective_measure",
    )  # fmt: skip
    return list(of.questions.values(*fields))


def published_forms(provider: AccreditedProvider, kind: str) -> list[Instrument]:
    """The version in use of each form of a kind, by title. For choosing one."""
    return published_by_kind(provider).get(kind, [])


def published_by_kind(provider: AccreditedProvider) -> dict[str, list[Instrument]]:
    """The version in use of every form, by title, under its kind. One query."""
    newest = {(row.kind, row.key): row for row in _published.rows(provider.pk)}
    found: dict[str, list[Instrument]] = {}
    for row in sorted(newest.values(), key=lambda row: row.title.lower()):
        found.setdefault(row.kind, []).append(row)
    return found


_published: Composed[Instrument] = Composed(
    lambda provider: Instrument.objects.filter(provider_id=provider, published_at__isnull=False).order_by("version")
)


def minimum_group() -> int:
    """Groups of answers smaller than this are not shown (book `lifelong`)."""
    return load_book("lifelong").integer("evaluation.minimum_group")


@dataclass(frozen=True, slots=True)
class Bar:
    """How often one option was chosen; `share` of those who answered the line."""

    value: str
    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Stat:
    """One question, or one line of a matrix, over all answers. Below the smallest group `is_small` and everything else is empty.

    `n` have rated it; `not_applicable` more said that it does not apply to them, and are in no share and no mean.
    """

    key: str
    kind: str
    text: str
    row: str
    n: int
    bars: tuple[Bar, ...]
    mean: float | None
    is_small: bool
    not_applicable: int = 0


def stats(form: SurveyForm, activity_ids: Iterable[int]) -> tuple[Stat, ...]:
    """Sums of the kept tallies: a few rows a question whatever the number of answers. Takes the form with its rows filled.

    Answers to an earlier version count where the question read the same, word for word.
    """
    sums: dict[tuple[int, str, str], tuple[int, float]] = {}
    same = _same_questions(form)
    rows = Tally.objects.filter(activity_id__in=list(activity_ids), question__in=list(same))
    for question_id, row, choice, count, total in rows.values_list("question_id", "row", "choice", "count", "total"):
        key = (same[question_id], row, choice)
        known = sums.get(key, (0, 0.0))
        sums[key] = (known[0] + count, known[1] + total)
    least = minimum_group()
    return tuple(
        _stat(question, row, sums, least) for question in form.questions for row in question.rows or (Row("", ""),)
    )


def _same_questions(form: SurveyForm) -> dict[int, int]:
    """Questions of this version and, of other versions of the form, those that read the same -> the question of this version."""
    same = {question.id: question.id for question in form.questions}
    if form.version == 1:
        return same
    now = {(one.key, one.kind, one.text, _scale_of(one.options)): one.id for one in form.questions}
    earlier = Question.objects.filter(instrument__key=form.key, instrument__provider__instruments=form.instrument_id)
    for one in earlier.exclude(pk__in=list(same)).only("key", "kind", "text", "options"):
        options = _scale_of(Option(option["value"], option["label"]) for option in one.options)
        if (one.key, one.kind, one.text, options) in now:
            same[one.pk] = now[one.key, one.kind, one.text, options]
    return same


def _scale_of(options: Iterable[Option]) -> tuple[tuple[str, str], ...]:
    return tuple((option.value, option.label) for option in options)


def _stat(question: FormQuestion, row: Row, sums: dict[tuple[int, str, str], tuple[int, float]], least: int) -> Stat:
    answered, total = sums.get((question.id, row.key, ""), (0, 0.0))
    elsewhere = sums.get((question.id, row.key, NOT_APPLICABLE), (0, 0.0))[0]
    n = answered - elsewhere
    if n < least:
        return Stat(question.key, question.kind, question.text, row.label, 0, (), None, True)
    counts = [(option, sums.get((question.id, row.key, option.value), (0, 0.0))[0]) for option in question.scale]
    bars = tuple(Bar(option.value, option.label, count, count / n) for option, count in counts)
    has_numbers = question.kind == "number" or all(option.value.isdigit() for option in question.scale)
    mean = total / n if has_numbers and question.kind != "text" else None
    return Stat(question.key, question.kind, question.text, row.label, n, bars, mean, False, elsewhere)


def changed_items(before: SurveyForm, after: SurveyForm) -> list[str]:
    """Items of a test that do not read the same in both, word for word: text, answers, and which one is right."""
    now = {one.key: one for one in after.questions}
    return [
        one.text
        for one in before.scored
        if (same := now.get(one.key)) is None
        or (same.text, same.options, same.correct_value) != (one.text, one.options, one.correct_value)
    ]


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """How many were asked and how many answered; `rate` is None when nobody was asked."""

    invited: int
    delivered: int
    answered: int
    started: int = 0  # begun behind a mailed link, or answered

    @property
    def silent(self) -> int:
        return self.invited - self.answered

    @property
    def rate(self) -> float | None:
        return self.answered / self.invited if self.invited else None


def invitation_by_digest(digest: str) -> SurveyInvitation:
    found = (
        SurveyInvitation.objects.select_related("instrument__provider", "person").filter(token_digest=digest).first()
    )
    if found is None:
        raise NotFound("invitation")
    return found  # type: ignore[no-any-return]
