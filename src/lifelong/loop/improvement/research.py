"""De-identified evaluation answers for research: an allow-list of columns, and no combination of them that tells who somebody is.

The check is k-anonymity (Samarati and Sweeney 1998): every combination of the columns that describe a learner or the occasion must
stand for at least as many answers as the smallest group that may be shown, over all files of one project together. Words in the learner's own hand never leave.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lifelong.formats.tabular import write
from lifelong.kernel import clock
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.improvement.models import ResearchProject
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Answer, Instrument, Question, Response
from lifelong.loop.surveys.reads import minimum_group
from lifelong.rules.verdict import Reason

# what may describe a learner or the occasion; everything else about a response stays here
COLUMNS = {
    "profession": "Profession",
    "format": "Format of the activity",
    "activity": "Activity, by its number",
    "quarter": "Quarter of the year",
}
KINDS = (Question.Kind.LIKERT, Question.Kind.CHOICE, Question.Kind.NUMBER, Question.Kind.MATRIX, Question.Kind.RETRO)


@dataclass(frozen=True, slots=True)
class Built:
    """A file ready to leave: bytes, number of rows, size of the smallest combination in it."""

    content: bytes
    rows: int
    smallest: int


def small_cells(rows: Iterable[Sequence[str]], least: int) -> list[tuple[tuple[str, ...], int]]:
    """Combinations that stand for fewer than `least` rows, the smallest first."""
    counted = Counter(tuple(row) for row in rows)
    return sorted(((cell, n) for cell, n in counted.items() if n < least), key=lambda found: (found[1], found[0]))


def built(project: ResearchProject, year: int, columns: Sequence[str], unknown: Iterable[str] = ()) -> Built:
    """The answers of the project's activities (all of the program where it names none). Raises Problem with every reason."""
    reasons = list(_refused(project, unknown))
    if reasons:
        raise Problem(*reasons)
    asked = _asked(project, year)
    responses = _described(project, asked)
    described = [tuple(row[key] for key in columns) for row in responses.values()]
    least = minimum_group()
    if len(described) < least:
        raise problem("research.few", f"Fewer than {least} answers are too few to leave.", f"At least {least} are needed.", "year")  # fmt: skip
    # two files of one project could be joined by their answers: what left before counts as if it left again
    together = [key for key in COLUMNS if key in {*columns, *_left_before(project, year)}]
    if small := small_cells((tuple(row[key] for key in together) for row in responses.values()), least):
        raise Problem(_too_rare(sum(n for _, n in small), list(responses.values()), together, least))
    names, answers = _answers(asked)
    rows = [
        [*cells, *(answers[pk].get(name, "") for name in names)] for pk, cells in zip(responses, described, strict=True)
    ]
    rows.sort()  # by content: the order says nothing of when
    return Built(write([*columns, *names], rows), len(rows), min(Counter(described).values()))


def _left_before(project: ResearchProject, year: int) -> set[str]:
    kept = project.exports.filter(year=year).values_list("columns", flat=True)
    return {key for columns in kept for key in columns.split()}


def _refused(project: ResearchProject, unknown: Iterable[str]) -> Iterable[Reason]:
    for name in sorted(unknown):
        yield Reason("research.column", f"“{name}” may not leave.", f"Choose among {', '.join(COLUMNS)}.", "columns")
    if not project.ethics_number:
        yield Reason("research.ethics", "The project has no ethics number.", "Record the decision of the ethics board first.", "ethics_number")  # fmt: skip
    elif project.ethics_until is not None and project.ethics_until < clock.today(project.provider.time_zone):
        yield Reason("research.ethics", f"The approval {project.ethics_number} ended on {project.ethics_until}.", "Record its renewal first.", "ethics_until")  # fmt: skip


def _too_rare(rare: int, rows: Sequence[Mapping[str, str]], columns: Sequence[str], least: int) -> Reason:
    """The columns and how many answers they single out; never the combination itself, nor a count below the smallest group."""
    told = f"Fewer than {least}" if rare < least else f"{rare:,}"
    words = " and ".join(COLUMNS[key].split(",")[0].lower() for key in columns)
    helps = [
        key
        for key in columns
        if not small_cells(([row[other] for other in columns if other != key] for row in rows), least)
    ]
    less = " or ".join(COLUMNS[key].split(",")[0].lower() for key in helps)
    return Reason(
        "research.small_cell",
        f"{told} of the {len(rows):,} answers are too rare to leave: fewer than {least} answers share their {words}.",
        f"Leave out {less}, or take in more activities." if less else "Leave out more than one column, or take in more activities.",
        "columns",
    )  # fmt: skip


def _asked(project: ResearchProject, year: int) -> QuerySet[Response]:
    """Anonymous evaluations of the year."""
    rows = Response.objects.filter(
        instrument__provider_id=project.provider_id, instrument__kind=Instrument.Kind.EVALUATION, instrument__is_anonymous=True,
        answered_on__year=year, person=None,
    )  # fmt: skip
    studied = list(project.activities.values_list("pk", flat=True))
    return rows.filter(activity_id__in=studied) if studied else rows


def _described(project: ResearchProject, asked: QuerySet[Response]) -> dict[Any, dict[str, str]]:
    """Response -> what may be said of it. Two queries."""
    known = Activity.objects.filter(provider_id=project.provider_id).values_list("pk", "number", "format")
    activities = {pk: (str(number), form) for pk, number, form in known}
    found = {}
    for pk, activity_id, profession, on in asked.values_list("pk", "activity_id", "profession", "answered_on"):
        number, form = activities.get(activity_id, ("", ""))
        quarter = f"{on.year}-Q{(on.month + 2) // 3}"
        found[pk] = {"profession": profession, "format": form, "activity": number, "quarter": quarter}
    return found


def _answers(asked: QuerySet[Response]) -> tuple[list[str], dict[Any, dict[str, str]]]:
    """Answers on scales and lists; own words stay here, and so do choices with an own text."""
    rows = Answer.objects.filter(response__in=asked.values("pk"), question__kind__in=KINDS)
    found: dict[Any, dict[str, str]] = defaultdict(dict)
    for pk, key, line, choice, number in rows.values_list("response", "question__key", "row", "choice", "number"):
        name = f"{key}.{line}" if line else key
        found[pk][name] = choice or ("" if number is None else f"{number:g}")
    return sorted({name for answers in found.values() for name in answers}), found
