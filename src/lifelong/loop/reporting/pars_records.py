"""Our rows as records of PARS: activities as they stand, completions with consent. Read in a few queries, built in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import Count, Q

from lifelong.formats import pars
from lifelong.formats.pars import ActivityAction, LearnerAction, MeasuredOutcome, MonetarySupport, Place, Status
from lifelong.formats.pars.vocabulary import STATES
from lifelong.loop.credit.models import Award
from lifelong.loop.credit.systems import body_of
from lifelong.loop.designation.models import Designation
from lifelong.loop.evaluation.models import EvaluationDone, FollowUp
from lifelong.loop.integrity.models import CommercialSupport
from lifelong.loop.outcomes.levels import PARS_LEVELS
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.people.models import ConsentToReport
from lifelong.loop.planning.models import Activity, ActivityTerm, Objective, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.counting import Counted, learners_of

PERMISSION = "The learner allowed this body to be told of completions, in the profile, at the time kept with it."
_ADDRESS = re.compile(r"([A-Z][A-Za-z. '\-]+),\s*([A-Z]{2})\b")


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("pars_words.toml").read_text(encoding="utf-8"))


def body_for(provider: AccreditedProvider) -> str:
    """Whom the provider tells: JA-PARS where it is jointly accredited, else PARS."""
    return "JA-PARS" if provider.accreditations.filter(body="JA").exists() else "PARS"


def status_of(activity: Activity, today: dt.date) -> Status:
    """Where the record stands: by publication, by the calendar, and by our own closing (PARS status flow)."""
    if activity.published_at is None:
        return Status.DRAFT
    last = activity.ends_on or activity.starts_on
    if last is None or last >= today:
        return Status.ACTIVE
    return Status.CLOSED if activity.closed_at is not None else Status.READY_TO_CLOSE


@dataclass(frozen=True, slots=True)
class _About:
    """What surrounds the activities of one building, by activity id."""

    counts: dict[int, Counted]
    designations: dict[int, list[Designation]]
    sessions: dict[int, tuple[int, bool]]
    outcomes: dict[int, dict[str, set[str]]]
    support: dict[int, list[CommercialSupport]]
    objectives: dict[int, list[str]]
    audiences: dict[int, list[str]]
    place: Place | None
    joint: bool


def activity_records(
    provider: AccreditedProvider, activities: Sequence[Activity], body: str, body_ids: dict[int, str]
) -> dict[int, pars.Activity]:
    """The record of each activity, as PARS would be told now. `body_ids`: numbers the body has given. About ten queries."""
    about = _about(provider, activities, body)
    return {row.pk: _activity(row, about, body_ids.get(row.pk, "")) for row in activities}


def _about(provider: AccreditedProvider, activities: Sequence[Activity], body: str) -> _About:
    ids = [row.pk for row in activities]
    designations: dict[int, list[Designation]] = defaultdict(list)
    for one in Designation.objects.filter(activity_id__in=ids, withdrawn_at=None).order_by("pk"):
        designations[one.activity_id].append(one)
    held = Session.objects.filter(activity_id__in=ids, cancelled_at=None).order_by().values_list("activity_id")
    sessions = {
        pk: (n, linked > 0)
        for pk, n, linked in held.annotate(n=Count("pk"), linked=Count("pk", filter=~Q(join_link="")))
    }
    support: dict[int, list[CommercialSupport]] = defaultdict(list)
    for gift in CommercialSupport.objects.filter(activity_id__in=ids).select_related("company").order_by("pk"):
        support[gift.activity_id].append(gift)
    objectives: dict[int, list[str]] = defaultdict(list)
    for pk, text in Objective.objects.filter(activity_id__in=ids).values_list("activity_id", "text"):
        objectives[pk].append(text)
    audiences: dict[int, list[str]] = defaultdict(list)
    terms = ActivityTerm.objects.filter(activity_id__in=ids, term__taxonomy="audience").order_by("term__position")
    for pk, key in terms.values_list("activity_id", "term__key"):
        audiences[pk].append(key)
    return _About(
        learners_of(activities), designations, sessions, _outcomes(ids), support, objectives, audiences, _place(provider), body == "JA-PARS"
    )  # fmt: skip


def _outcomes(ids: list[int]) -> dict[int, dict[str, set[str]]]:
    """Levels with data, and whether they were measured or reported: evaluations speak of competence, follow-ups of performance."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    measured = OutcomeMeasure.objects.filter(activity_id__in=ids, result__isnull=False, moore_level__in=PARS_LEVELS)
    for pk, level, is_objective in measured.values_list("activity_id", "moore_level", "is_objective"):
        found[pk][PARS_LEVELS[level]].add("Objective" if is_objective else "Subjective")
    evaluated = EvaluationDone.objects.filter(attendance__session__activity_id__in=ids, attendance__voided_at=None)
    for pk in evaluated.values_list("attendance__session__activity_id", flat=True).distinct():
        found[pk]["Learner Competence"].add("Subjective")
    answered = FollowUp.objects.filter(commitment__activity_id__in=ids, answered_at__isnull=False)
    for pk in answered.values_list("commitment__activity_id", flat=True).distinct():
        found[pk]["Learner Performance"].add("Subjective")
    return found


def _place(provider: AccreditedProvider) -> Place | None:
    """Where the office sits: where an in-person activity meets unless it says otherwise."""
    contact = getattr(provider, "contact", None)
    return read_place(contact.address) if contact else None


def read_place(text: str) -> Place | None:
    """City and state out of an address such as “Hall B, Boston, MA 02111”."""
    for found in _ADDRESS.finditer(text.replace("\n", ", ")):
        if found[2] in STATES:
            return Place(found[1].strip(), "USA", found[2])
    return None


def _activity(row: Activity, about: _About, body_id: str) -> pars.Activity:
    sessions, has_link = about.sessions.get(row.pk, (0, False))
    format = "Regularly Scheduled Series" if row.is_series else words()["formats"].get(row.format, "")
    delivery = tuple(words()["delivery"].get(row.format, ["In-Person"] + (["Live-Streamed"] if has_link else [])))
    credit_type, credits = _credit(about.designations[row.pk], sessions)
    gifts = about.support[row.pk]
    last = row.ends_on or row.starts_on
    return pars.Activity(
        provider_activity_id=str(row.number),
        title=row.title,
        format=format,
        starts_on=row.starts_on,
        ends_on=last,
        accme_activity_id=body_id,
        description=_description(row, about.objectives[row.pk]),
        credit_type=credit_type,
        credits=credits,
        providership="joint" if row.joint_provider_id else "direct",
        joint_providers=(row.joint_provider.name,) if row.joint_provider else (),
        place=(read_place(row.place) or about.place) if "In-Person" in delivery else None,
        delivery_methods=delivery,
        target_professions=_professions(about.audiences[row.pk]) if about.joint else (),
        listed_publicly=False,
        commercial_support=bool(gifts),
        monetary_support=_money(gifts),
        in_kind_support=tuple(dict.fromkeys(gift.company.name for gift in gifts if gift.in_kind)),
        counts=_counts(about.counts[row.pk], about.joint),
        outcomes=tuple(MeasuredOutcome(level, tuple(sorted(kinds))) for level, kinds in sorted(about.outcomes[row.pk].items())),
        interprofessional=row.is_interprofessional if about.joint else None,
        action=ActivityAction.UPDATE if body_id else ActivityAction.ADD,
        close=row.closed_at is not None,
        session_attendance=about.counts[row.pk].sessions if row.is_series else (),
    )  # fmt: skip


def _credit(designations: list[Designation], sessions: int) -> tuple[str, Decimal | None]:
    """The credit type PARS is told, and the amount of the whole activity: of a series all its sessions together."""
    for body, kind in words()["credit"].items():
        amounts = [
            one.maximum * sessions if one.is_per_session else one.maximum
            for one in designations
            if body_of(one.credit_system) == body
        ]
        if amounts:
            return kind, max(amounts)
    return words()["credit"]["ama"], None


def _description(row: Activity, objectives: list[str]) -> str:
    text = row.summary.strip() or row.intended_change_text.strip() or " ".join(objectives)
    return text[:2500]


def _professions(audiences: list[str]) -> tuple[str, ...]:
    known = words()["ja_professions"]
    return tuple(dict.fromkeys(known[key] for key in audiences if key in known))


def _money(gifts: list[CommercialSupport]) -> tuple[MonetarySupport, ...]:
    """Per company in whole dollars; in-kind support carries no amount (its value is never estimated)."""
    sums: Counter[str] = Counter()
    for gift in gifts:
        if gift.amount > 0:
            sums[gift.company.name] += int(gift.amount.quantize(Decimal(1), ROUND_HALF_UP))
    return tuple(MonetarySupport(name, amount) for name, amount in sums.items())


def _counts(counted: Counted, joint: bool) -> tuple[tuple[str, int], ...]:
    if not joint:
        return (("physician", counted.physicians), ("non-physician", counted.total - counted.physicians))
    sums: Counter[str] = Counter({"physician": 0, "other": 0})
    for profession, n in counted.by_profession.items():
        sums[words()["ja_counts"].get(profession, "other")] += n
    return tuple(sorted(sums.items()))


# --- completions


def reportable_awards(provider: AccreditedProvider, body: str) -> Any:
    """Awards of physicians' credit whose learner allows `body` to be told. Without that permission nothing is prepared."""
    allowed = ConsentToReport.objects.filter(body__in=consents_to(body), withdrawn_at=None).values("person")
    return (
        Award.objects.filter(provider=provider, person__in=allowed)
        .filter(credit_system__in=("ama", "ama_pra_1", "ama_pra"))
        .select_related("person__profile", "activity", "reversed_by")
    )


def consents_to(body: str) -> tuple[str, ...]:
    """JA-PARS is the entrance of PARS for joint providers: a permission for either serves."""
    return (body, "PARS", "ACCME") if body == "JA-PARS" else (body, "ACCME")


def consent_times(person_ids: Iterable[int], body: str) -> dict[int, dt.datetime]:
    rows = ConsentToReport.objects.filter(
        person_id__in=list(person_ids), body__in=consents_to(body), withdrawn_at=None
    ).order_by("given_at")
    return dict(rows.values_list("person_id", "given_at"))


def is_superseded(award: Award) -> bool:
    """Whether a later entry corrects this one."""
    return getattr(award, "reversed_by", None) is not None


def standing_amounts(awards: Iterable[Award]) -> dict[int, Decimal]:
    """What each entry made of its claim: the sum of the claim's entries up to it. One query, and none where nothing was corrected."""
    several = list(awards)
    corrected = [award for award in several if award.reverses_id]
    found = {award.pk: award.amount for award in several if not award.reverses_id}
    if corrected:
        chains: dict[tuple[int, int, int | None], list[tuple[int, Decimal]]] = defaultdict(list)
        entries = Award.objects.filter(
            person_id__in={one.person_id for one in corrected},
            designation_id__in={one.designation_id for one in corrected},
        )
        fields = ("person_id", "designation_id", "session_id", "pk", "amount")
        for person_id, designation_id, session_id, pk, amount in entries.values_list(*fields):
            chains[person_id, designation_id, session_id].append((pk, amount))
        for one in corrected:
            chain = chains[one.person_id, one.designation_id, one.session_id]
            found[one.pk] = sum((amount for pk, amount in chain if pk <= one.pk), Decimal(0))
    return found


def completion(
    provider: AccreditedProvider,
    award: Award,
    activity_body_id: str,
    permission_at: dt.datetime | None,
    standing: Decimal,
) -> pars.LearnerCompletion:
    """The record of one entry under its own serial, with what the claim `standing` at it was worth.

    A body's record is not edited: once a later entry corrects this one, its record becomes a deletion, and the later entry has a
    record of its own if anything is left.
    """
    profile = getattr(award.person, "profile", None)
    born = profile.birth_month_day if profile and re.fullmatch(r"\d{4}", profile.birth_month_day) else "0000"
    return pars.LearnerCompletion(
        credit_id=credit_id(provider, award),
        activity_id=activity_body_id,
        activity_title=award.activity.title,
        completed_on=award.earned_on,
        given_name=award.person.given_name,
        family_name=award.person.family_name,
        birth_month=int(born[:2]),
        birth_day=int(born[2:]),
        provider_name=provider.office_name,
        credits=standing,
        license_state=profile.licence_state if profile else "",
        license_number=profile.licence_number if profile else "",
        npi=profile.npi if profile else "",
        permission_at=permission_at,
        permission_wording=PERMISSION,
        action=LearnerAction.DELETE if is_superseded(award) else LearnerAction.ADD,
    )


def completions(
    provider: AccreditedProvider, awards: Sequence[Award], body: str, numbers: dict[int, str]
) -> list[pars.LearnerCompletion]:
    """A file of completions: every entry that stands with credit, whatever was told of it. `numbers`: of the activities, by the body."""
    standing = standing_amounts(awards)
    permitted = consent_times([award.person_id for award in awards], body)
    return [
        completion(
            provider, award, numbers.get(award.activity_id, ""), permitted.get(award.person_id), standing[award.pk]
        )
        for award in awards
        if not is_superseded(award) and standing[award.pk] > 0
    ]


def credit_id(provider: AccreditedProvider, award: Award) -> str:
    """How the body and we name one completion to each other."""
    return f"ccid:{provider.slug}:{award.serial}"


def digest_of_activity(record: pars.Activity) -> str:
    """The same content gives the same digest, whatever number the body has given and whether it is new to them."""
    plain = replace(record, action=ActivityAction.ADD, accme_activity_id="", session_attendance=())
    return hashlib.sha256(repr(plain).encode()).hexdigest()


def digest_of_completion(record: pars.LearnerCompletion) -> str:
    fixed = replace(record, permission_at=None)
    return hashlib.sha256(repr(fixed).encode()).hexdigest()
