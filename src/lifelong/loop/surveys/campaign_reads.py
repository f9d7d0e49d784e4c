"""What we know of campaigns: whom one would ask, who answered, and what they said in groups large enough."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.people.models import Affiliation
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import reads
from lifelong.loop.surveys.asking import asking
from lifelong.loop.surveys.forms import NOT_APPLICABLE, FormQuestion, Row
from lifelong.loop.surveys.models import Answer, Campaign, SurveyInvitation
from lifelong.loop.surveys.quotes import shuffled, without_names
from lifelong.loop.surveys.suppression import Group, hidden, in_company
from lifelong.loop.surveys.tokens import digest_of

P = Permission
LOAD_DAYS = 90
NOT_SAID = "Not said, or too few to tell"
SIDES = {True: "Inside", False: "Outside", None: NOT_SAID}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the audience, as they are at the launch."""

    person_id: int
    profession: str
    specialty: str
    is_inside: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a campaign asks: of all `matching`, less those `at_cap` (asked often enough), less those `not_sampled`."""

    people: tuple[Candidate, ...]
    matching: int
    at_cap: int
    not_sampled: int


def most_per_quarter(provider: AccreditedProvider) -> int:
    """How often one person is asked in 90 days, all surveys of the office together."""
    return asking(provider.pk).most_per_quarter


def choice(campaign: Campaign) -> Choice:
    """Whom this campaign would ask today. Three queries; the sample is drawn again the same from the campaign's seed."""
    matching = _audience(campaign)
    full = _asked_enough(campaign.provider)
    free = [one for one in matching if one.person_id not in full]
    people = free
    if campaign.sample_size is not None and campaign.sample_size < len(free):
        drawn = random.Random(campaign.seed).sample(free, campaign.sample_size)
        people = sorted(drawn, key=lambda one: one.person_id)
    return Choice(tuple(people), len(matching), len(matching) - len(free), len(free) - len(people))


def _audience(campaign: Campaign) -> list[Candidate]:
    rows = Affiliation.objects.filter(
        provider_id=campaign.provider_id, person__is_active=True, person__merged_into=None
    )
    if campaign.audience != Campaign.Audience.ALL:
        rows = rows.filter(is_affiliated=campaign.audience == Campaign.Audience.INSIDE)
    if campaign.professions:
        rows = rows.filter(person__profile__profession__in=campaign.professions)
    if campaign.specialties:
        wanted = Q()
        for specialty in campaign.specialties:
            wanted |= Q(person__profile__specialty__iexact=specialty)
        rows = rows.filter(wanted)
    fields = ("person_id", "person__profile__profession", "person__profile__specialty", "is_affiliated")
    found = rows.order_by("person_id").values_list(*fields)
    return [Candidate(pk, profession or "", specialty or "", inside) for pk, profession, specialty, inside in found]


def _asked_enough(provider: AccreditedProvider) -> set[int]:
    """Whoever reached the cap. The evaluation of one's own session is not counted: a learner comes for it."""
    since = clock.now() - dt.timedelta(days=LOAD_DAYS)
    asked = (
        SurveyInvitation.objects.filter(instrument__provider=provider, invited_at__gt=since)
        .exclude(subject_type="session")
        .values("person_id")
        .annotate(n=Count("pk"))
        .filter(n__gte=most_per_quarter(provider))
    )
    return set(asked.values_list("person_id", flat=True))


def is_open(campaign: Campaign, at: dt.datetime | None = None) -> bool:
    """From the launch to the end of the last day, where the provider is."""
    today = (at or clock.now()).astimezone(ZoneInfo(campaign.provider.time_zone)).date()
    return campaign.launched_at is not None and campaign.closed_at is None and today <= campaign.closes_on


def has_ended(campaign: Campaign) -> bool:
    return campaign.launched_at is not None and not is_open(campaign)


def _see(viewer: Actor, provider: AccreditedProvider) -> None:
    if not reach(viewer, P.SEE_EVALUATION, provider.pk)[0]:
        raise NotFound("campaign")


def campaigns(viewer: Actor, provider: AccreditedProvider) -> list[Campaign]:
    """Newest first."""
    _see(viewer, provider)
    return list(Campaign.objects.filter(provider=provider).select_related("instrument", "provider"))


def campaign(viewer: Actor, provider: AccreditedProvider, campaign_id: int) -> Campaign:
    _see(viewer, provider)
    found = Campaign.objects.filter(provider=provider, pk=campaign_id).select_related("instrument", "provider").first()
    if found is None:
        raise NotFound("campaign")
    return found  # type: ignore[no-any-return]


def campaign_of(invitation: SurveyInvitation) -> Campaign:
    found = Campaign.objects.filter(pk=invitation.subject_id).select_related("instrument", "provider").first()
    if found is None or invitation.subject_type != "campaign":
        raise NotFound("survey")
    return found  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Asked:
    """Response and silence of one group."""

    group: str
    invited: int
    delivered: int
    started: int
    completed: int

    @property
    def silent(self) -> int:
        return self.invited - self.completed

    @property
    def rate(self) -> float | None:
        return self.completed / self.invited if self.invited else None


def response(of: Campaign) -> tuple[Asked, tuple[Asked, ...], tuple[Asked, ...]]:
    """Who was asked and who answered: all, inside and outside, by profession. One query; says nothing of what was answered."""
    rows = SurveyInvitation.objects.filter(subject_type="campaign", subject_id=of.pk)
    counts = rows.values("is_inside", "profession").annotate(
        invited=Count("pk"),
        delivered=Count("delivered_at"),
        started=Count("started_on"),
        completed=Count("answered_on"),
    )
    lines = list(counts.values_list("is_inside", "profession", "invited", "delivered", "started", "completed"))

    def summed(name: str, key: Callable[[tuple[bool | None, str]], bool]) -> Asked:
        chosen = [line[2:] for line in lines if key((line[0], line[1]))]
        return (
            Asked(name, *(sum(column) for column in zip(*chosen, strict=True))) if chosen else Asked(name, 0, 0, 0, 0)
        )

    sides = [
        summed(SIDES[side], lambda key, side=side: key[0] is side)  # type: ignore[misc]  # bound by its default
        for side in (True, False)
    ]
    professions = sorted({line[1] for line in lines})
    by_profession = [
        summed(name or NOT_SAID, lambda key, name=name: key[1] == name)  # type: ignore[misc]  # as above
        for name in professions
    ]
    return summed("All", lambda key: True), tuple(sides), tuple(by_profession)


# --- what they said: only when the campaign has ended, only in groups large enough


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One line of a question in one group. `n` is None where the group is too small, or would give a small one away."""

    group: str
    n: int | None
    bars: tuple[reads.Bar, ...]
    mean: float | None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A closed question over all, then by group."""

    key: str
    text: str
    row: str
    overall: GroupLine
    groups: tuple[GroupLine, ...]
    kind: str = ""
    not_applicable: int = 0  # said that it does not apply to them; in no figure beside


BY = {"profession": 0, "specialty": 1, "side": 2}  # place in a `Group`
GROUP = ("response__profession", "response__specialty", "response__is_inside")
Sums = dict[tuple[Group, int, str, str], tuple[int, float]]


def results(viewer: Actor, of: Campaign, by: str = "profession") -> tuple[QuestionResult, ...]:
    """Closed questions by `profession`, `specialty` or `side`. Empty while the campaign runs, and below the smallest group."""
    _see(viewer, of.provider)
    if not has_ended(of):
        return ()
    least = reads.minimum_group()
    answers = Answer.objects.filter(response__subject_type="campaign", response__subject_id=of.pk)
    closed = answers.exclude(question__kind="text")
    apart = closed.filter(choice=NOT_APPLICABLE).values("question_id", "row").annotate(n=Count("pk"))
    elsewhere = {(question, row): n for question, row, n in apart.values_list("question_id", "row", "n")}
    answered = closed.exclude(choice=NOT_APPLICABLE).values(*GROUP, "question_id", "row")
    counts = answered.annotate(n=Count("response", distinct=True)).values_list(*GROUP, "question_id", "row", "n")
    people: Sums = {
        (group, question, row, ""): (n, 0.0) for *key, question, row, n in counts for group in [_group(key)]
    }
    sums = answered.annotate(n=Count("pk"), total=Sum("number"))
    chosen: Sums = {
        (_group(key), question, row, choice): (n, total or 0.0)
        for *key, question, row, choice, n, total in sums.values_list(
            *GROUP, "question_id", "row", "choice", "n", "total"
        )
    }
    form = reads.form(of.instrument)
    lines = ((question, row) for question in form.questions if question.kind != "text" for row in question.rows or (Row("", ""),))  # fmt: skip
    found = (
        (_question(question, row, people, chosen, least, by), elsewhere.get((question.id, row.key), 0))
        for question, row in lines
    )
    return tuple(replace(one, not_applicable=n) for one, n in found if one is not None)


def _group(key: Sequence[Any]) -> Group:
    return key[0], key[1], key[2]


def _question(
    question: FormQuestion, row: Row, people: Sums, chosen: Sums, least: int, by: str
) -> QuestionResult | None:
    """Groups are those of all three comparisons at once, each of enough people: no comparison less another one tells a smaller one."""
    fine = {key[0]: n for key, (n, _) in people.items() if key[1:3] == (question.id, row.key)}
    if sum(fine.values()) < least:
        return None
    kept = in_company([group for group, n in fine.items() for _ in range(n)], least)
    members: dict[object, list[Group]] = defaultdict(list)
    for group in fine:
        members[kept[group][BY[by]]].append(group)
    counts = {name: sum(fine[group] for group in groups) for name, groups in members.items()}
    too_small = hidden(counts, least)
    overall = _line("All", list(fine), question, row, sum(fine.values()), chosen)
    groups = [
        GroupLine(_name(name, by), None, (), None)
        if name in too_small
        else _line(_name(name, by), members[name], question, row, counts[name], chosen)
        for name in sorted(counts, key=lambda name: (-counts[name], str(name)))
    ]
    return QuestionResult(question.key, question.text, row.label, overall, tuple(groups), question.kind)


def _name(group: object, by: str) -> str:
    if by == "side":
        return SIDES[group]  # type: ignore[index]  # a bool or None
    return str(group).replace("_", " ").capitalize() if group else NOT_SAID


def _line(name: str, groups: Sequence[Group], question: FormQuestion, row: Row, n: int, chosen: Sums) -> GroupLine:
    counts: Counter[str] = Counter()
    total, numbered = 0.0, 0
    for (group, question_id, row_key, value), (count, summed) in chosen.items():
        if group in groups and (question_id, row_key) == (question.id, row.key):
            counts[value] += count
            if question.kind == "number" or value.isdigit():
                total, numbered = total + summed, numbered + count
    bars = tuple(reads.Bar(one.value, one.label, counts[one.value], counts[one.value] / n) for one in question.scale)
    return GroupLine(name, n, bars, total / numbered if numbered else None)


def texts(viewer: Actor, of: Campaign) -> dict[str, list[str]]:
    """Own words by question, without names and in no telling order; none while the campaign runs or below the smallest group."""
    _see(viewer, of.provider)
    if not has_ended(of):
        return {}
    rows = Answer.objects.filter(response__subject_type="campaign", response__subject_id=of.pk, question__kind="text")
    said: dict[str, list[str]] = defaultdict(list)
    for key, text in rows.exclude(text="").order_by("pk").values_list("question__key", "text"):
        said[key].append(text)
    names = asked_names(of)
    least = reads.minimum_group()
    return {
        key: shuffled(without_names(text, names) for text in found)
        for key, found in said.items()
        if len(found) >= least
    }


def asked_names(of: Campaign) -> list[str]:
    """Full names of all who were asked: none of them may stand in a quote."""
    rows = SurveyInvitation.objects.filter(subject_type="campaign", subject_id=of.pk)
    return _full(rows.values_list("person__given_name", "person__family_name"))


def _full(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{given} {family}" for given, family in rows]


def finding(viewer: Actor, of: Campaign) -> str:
    """The result in a few sentences, as a needs source keeps it."""
    total, (inside, outside), _ = response(of)
    lines = [
        f"{total.completed} of {total.invited} asked have answered ({inside.completed} of {inside.invited} inside, "
        f"{outside.completed} of {outside.invited} outside)."
    ]
    for one in results(viewer, of):
        top = max(one.overall.bars, key=lambda bar: bar.count, default=None)
        if top is not None:
            what = f"{one.text} {one.row}".strip()
            lines.append(f"{what} Most often: {top.label} ({top.count} of {one.overall.n}).")
    return " ".join(lines)


def invitation_by_token(token: str) -> SurveyInvitation:
    """The invitation behind a link. Raises NotFound."""
    return reads.invitation_by_digest(digest_of(token))
