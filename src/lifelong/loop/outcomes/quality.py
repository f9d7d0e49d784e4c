"""Quality and excellence of each activity: what learners rate against thresholds, what reviewers found, which level was reached."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lifelong.kernel.access import Actor
from lifelong.loop.integrity.models import ContentReview
from lifelong.loop.outcomes.models import QualityThreshold
from lifelong.loop.outcomes.reads import Levels, activities_within, levels
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Tally
from lifelong.loop.surveys.reads import minimum_group
from lifelong.methods.proportions import wilson

CHECKS = ("is_valid", "is_balanced", "is_free_of_marketing")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of `indicators.toml`. `good` is the one good answer; without it answers above the middle of the scale are good."""

    key: str
    label: str
    about: str
    questions: tuple[str, ...]
    usual_percent: float
    good: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """The share of good answers (percent) with its Wilson interval; all None below the smallest group. `threshold` in percent."""

    indicator: str
    label: str
    threshold: float
    percent: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    is_asked: bool = True

    @property
    def is_below(self) -> bool:
        return self.percent is not None and self.percent < self.threshold

    @property
    def may_be_chance(self) -> bool:
        """The interval reaches the threshold: another set of learners might have put it above."""
        return self.is_below and self.high is not None and self.high >= self.threshold


@dataclass(frozen=True, slots=True)
class Quality:
    """One activity. `review`: (checks passed, checks made) of its newest content reviews, None where nobody reviewed it."""

    activity_id: int
    title: str
    figures: tuple[Figure, ...]
    review: tuple[int, int] | None
    levels: Levels

    @property
    def below(self) -> tuple[Figure, ...]:
        return tuple(one for one in self.figures if one.is_below)

    def figure(self, indicator: str) -> Figure:
        return next(one for one in self.figures if one.indicator == indicator)


@cache
def indicators() -> tuple[Indicator, ...]:
    raw = tomllib.loads(Path(__file__).with_name("indicators.toml").read_text(encoding="utf-8"))
    return tuple(Indicator(**{**row, "questions": tuple(row["questions"])}) for row in raw["indicator"])


def thresholds(provider: AccreditedProvider) -> dict[str, float]:
    """Of each indicator, in percent: the program's own, or the usual one."""
    own = dict(QualityThreshold.objects.filter(provider=provider).values_list("indicator", "percent"))
    return {one.key: own.get(one.key, one.usual_percent) for one in indicators()}


def quality(viewer: Actor, provider: AccreditedProvider, year: int, *, limit: int = 500) -> tuple[Quality, ...]:
    """Activities with a session in the year and answers or reviews, newest first (UMASS-08, HMS-04)."""
    zone = ZoneInfo(provider.time_zone)
    begins, ends = (dt.datetime(one, 1, 1, tzinfo=zone) for one in (year, year + 1))
    held = Session.objects.filter(starts_at__gte=begins, starts_at__lt=ends, cancelled_at=None)
    rows = activities_within(viewer, provider).filter(pk__in=held.values("activity"))
    return of_activities(provider, list(rows.order_by("-starts_on", "-pk")[:limit]))


def below_threshold(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Quality, ...]:
    """Those to review: at least one figure lies below its threshold."""
    return for_review(quality(viewer, provider, year))


def for_review(rows: Iterable[Quality]) -> tuple[Quality, ...]:
    """Those with a figure below its threshold; first those where chance does not explain it."""
    below = [one for one in rows if one.below]
    return tuple(sorted(below, key=lambda one: all(figure.may_be_chance for figure in one.below)))


def of_activities(provider: AccreditedProvider, activities: list[Activity]) -> tuple[Quality, ...]:
    """In the order given. Twelve queries whatever their number."""
    ids = [row.pk for row in activities]
    told, reviewed, reached = figures(provider, ids), _reviews(ids), levels(ids)
    return tuple(Quality(row.pk, row.title, told[row.pk], reviewed.get(row.pk), reached[row.pk]) for row in activities)


def figures(provider: AccreditedProvider, ids: Iterable[int]) -> dict[int, tuple[Figure, ...]]:
    """The four figures of each activity, in the order of `indicators.toml`. Two queries."""
    wanted, least = list(ids), minimum_group()
    of_question = {key: one for one in indicators() for key in one.questions}
    asked: dict[tuple[int, str], dict[int, int]] = defaultdict(
        lambda: defaultdict(int)
    )  # question -> answers in its fullest line
    good: dict[tuple[int, str], int] = defaultdict(int)
    total: dict[tuple[int, str], int] = defaultdict(int)
    rows = Tally.objects.filter(activity_id__in=wanted, question__key__in=of_question).values_list(
        "activity_id", "question__key", "question_id", "question__options", "choice", "count"
    )
    for activity, key, question, options, choice, count in rows:
        one = of_question[key]
        at = (activity, one.key)
        if not choice:
            asked[at][question] = max(asked[at][question], count)
            total[at] += count
        elif _is_good(one, choice, options):
            good[at] += count
    holds = thresholds(provider)
    return {
        pk: tuple(_figure(one, holds[one.key], good[pk, one.key], total[pk, one.key], sum(asked[pk, one.key].values()), least) for one in indicators())
        for pk in wanted
    }  # fmt: skip


def _is_good(one: Indicator, choice: str, options: list[Mapping[str, Any]]) -> bool:
    if one.good:
        return choice == one.good
    steps = sorted(int(option["value"]) for option in options if str(option["value"]).isdigit())
    return choice.isdigit() and int(choice) in steps[(len(steps) + 1) // 2 :]


def _figure(one: Indicator, threshold: float, good: int, total: int, people: int, least: int) -> Figure:
    """A matrix has several lines a person: the interval is of people, so that lines of one person do not make it narrow."""
    if people < least or not total:
        return Figure(one.key, one.label, threshold, is_asked=bool(total))
    share = good / total
    low, high = wilson(share * people, people)
    return Figure(one.key, one.label, threshold, 100 * share, 100 * low, 100 * high, people)


def _reviews(ids: list[int]) -> dict[int, tuple[int, int]]:
    """Checks passed and made: the newest review of the whole activity and of each of its sessions."""
    rows = ContentReview.objects.filter(activity_id__in=ids).order_by("reviewed_at", "pk")
    newest = {(row.activity_id, row.session_id): row for row in rows}
    found: dict[int, tuple[int, int]] = {}
    for (activity, _), row in newest.items():
        passed, made = found.get(activity, (0, 0))
        found[activity] = (passed + sum(getattr(row, check) for check in CHECKS), made + len(CHECKS))
    return found
