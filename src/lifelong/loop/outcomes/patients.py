"""Patients that the changes amount to: an estimate from self-report with its inputs and a range, only where learners were asked."""

from __future__ import annotations

from statistics import median, quantiles

from lifelong.formats.outcome_report import Patients
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Answer
from lifelong.loop.surveys.reads import minimum_group

PER_WEEK, SHARE = "patients_per_week", "patients_share"  # keys of the two questions on whichever form asks them


def patients(of: Activity) -> Patients | None:
    """Learners who changed x patients a week x share of them (quartiles of what learners said). None where nobody was asked.

    The lower end takes those who changed fully and the lower quartiles, the upper end those who changed at all and the upper
    ones. The silent count as not changed. Three queries.
    """
    week, share = _numbers(of, PER_WEEK), [min(value, 100.0) for value in _numbers(of, SHARE)]
    fully, changed, answered = _changed(of)
    least = minimum_group()
    if (
        len(week) < least
        or answered < least
        or 0 < len(share) < least
        or 0 < changed < least
        or 0 < answered - changed < least
    ):
        return None
    certain = fully if fully >= least else 0  # fewer would tell of somebody; the lower end goes down, not up
    low_week, middle_week, high_week = _quartiles(week)
    low_share, middle_share, high_share = _quartiles(share) if share else (100.0, 100.0, 100.0)
    inputs = [
        ("Learners who changed, fully or in part", f"{changed:,} of {answered:,} who answered later; the silent count as not changed"),
        ("Of them fully (lower end)", f"{fully:,}" if fully == certain else f"under {least}, counted as none"),
        ("Patients a week whom it concerns, for one learner", f"median {middle_week:g}, quartiles {low_week:g} to {high_week:g}, n {len(week):,}"),
        ("Share of them for whom the change is right", f"median {middle_share:g} %, quartiles {low_share:g} to {high_share:g} %, n {len(share):,}")
        if share else ("Share of them for whom the change is right", "not asked: all are counted, so that the figures are upper bounds"),
    ]  # fmt: skip
    return Patients(
        round(certain * low_week * low_share / 100), round(changed * middle_week * middle_share / 100),
        round(changed * high_week * high_share / 100), tuple(inputs),
    )  # fmt: skip


def _numbers(of: Activity, key: str) -> list[float]:
    rows = Answer.objects.filter(response__activity_id=of.pk, question__key=key, number__isnull=False)
    return sorted(rows.values_list("number", flat=True))


def _quartiles(values: list[float]) -> tuple[float, float, float]:
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, median(values), high


def _changed(of: Activity) -> tuple[int, int, int]:
    """(learners who changed fully, who changed at all, who answered): the last answer of each plan, the best plan of each learner."""
    last: dict[int, tuple[int, str]] = {}
    rows = FollowUp.objects.filter(commitment__activity=of, answered_at__isnull=False).order_by("wave")
    for plan, person, answer in rows.values_list("commitment_id", "commitment__person_id", "answer"):
        last[plan] = (person, answer)
    fully = {person for person, answer in last.values() if answer == FollowUp.Answer.FULLY}
    partly = {person for person, answer in last.values() if answer == FollowUp.Answer.PARTLY}
    return len(fully), len(fully | partly), len({person for person, _ in last.values()})
