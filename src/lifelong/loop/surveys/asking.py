"""How often an office asks: its own decision, or the product's book where it made none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.composed import Composed
from lifelong.kernel.problems import problem
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import SurveyDefaults
from lifelong.rules.books import load_book

FIRST_WAVE, LAST_WAVE, MOST_WAVES = 30, 180, 3
MOST_REMINDERS = 2
MOST_A_QUARTER = 12


@dataclass(frozen=True, slots=True)
class Asking:
    """`waves`: days after a plan, rising; `reminders` of each question; `most_per_quarter`: surveys one person gets in 90 days."""

    waves: tuple[int, ...]
    reminders: int
    most_per_quarter: int


def asking(provider_id: int | None = None) -> Asking:
    """What the provider decided; of nobody in particular, what the book says. One query."""
    book = load_book("lifelong")
    own = _own.first(provider_id) if provider_id is not None else None
    if own is not None:
        return Asking(tuple(own.waves), own.reminders, own.most_per_quarter)
    return Asking(
        tuple(int(days) for days in book.names("follow_up.waves_days")),
        book.integer("follow_up.reminders"),
        book.integer("survey.most_per_quarter"),
    )


_own: Composed[SurveyDefaults] = Composed(lambda provider: SurveyDefaults.objects.filter(provider_id=provider))


def reminders_by_provider() -> dict[int, int]:
    """Providers that decided on their own how often to remind."""
    return dict(SurveyDefaults.objects.values_list("provider_id", "reminders"))


@action(needs=Permission.EDIT_EVALUATION, audit="survey_defaults.saved")
def save_asking(
    actor: Actor, provider: AccreditedProvider, *, waves: Sequence[int], reminders: int, most_per_quarter: int
) -> SurveyDefaults | Unchanged:
    """Decide how often the office asks. Questions that are planned already keep their day."""
    days = sorted(set(waves))
    if not 1 <= len(days) <= MOST_WAVES or not all(FIRST_WAVE <= one <= LAST_WAVE for one in days):
        raise problem(
            "survey.waves", "Plans cannot be asked about on these days.",
            f"Give one to {MOST_WAVES} numbers from {FIRST_WAVE} to {LAST_WAVE}, for example 45 and 90.", "waves",
        )  # fmt: skip
    if not 0 <= reminders <= MOST_REMINDERS:
        raise problem("survey.reminders", "So many reminders are a burden.", f"Choose 0 to {MOST_REMINDERS}.", "reminders")  # fmt: skip
    if not 1 <= most_per_quarter <= MOST_A_QUARTER:
        raise problem("survey.load", "This is no useful limit.", f"Choose 1 to {MOST_A_QUARTER}.", "most_per_quarter")
    fields = {"waves": days, "reminders": reminders, "most_per_quarter": most_per_quarter}
    if SurveyDefaults.objects.filter(provider=provider, **fields).exists():
        return Unchanged(SurveyDefaults.objects.get(provider=provider))
    row, _ = SurveyDefaults.objects.update_or_create(provider=provider, defaults=fields)
    return row
