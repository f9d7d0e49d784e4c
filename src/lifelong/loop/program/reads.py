"""What we know of providers and their missions."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from lifelong.formats.profile import ListGroup, Profile, SharedList, read_lists, read_profile, read_specialties
from lifelong.kernel.problems import NotFound
from lifelong.loop.program.models import (
    Accreditation,
    AccreditedProvider,
    ContactDetails,
    ExpectedResult,
    Holiday,
    Mission,
    MissionGoal,
    MissionSection,
    MissionStatement,
    Organisation,
    ProgramPolicy,
    PublicPage,
    ReachBand,
    Term,
)

PROFILES = Path(__file__).parent / "profiles"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def providers() -> QuerySet[AccreditedProvider]:
    return AccreditedProvider.objects.order_by("name")


def shipped_profiles() -> list[Profile]:
    """The profiles that come with Lifelong, by slug. Raises ProfileError when a file was edited wrongly."""
    return [read_profile(file.read_bytes(), file.name) for file in sorted(PROFILES.glob("*.toml"))]


@lru_cache(maxsize=1)
def list_groups() -> tuple[ListGroup, ...]:
    """The lists all programs share (`profiles/shared/lists.toml`), in the order in which a planner meets them."""
    shared = PROFILES / "shared"

    def whole(one: SharedList) -> SharedList:
        if not one.source:
            return one
        terms = read_specialties((shared / one.source).read_bytes(), one.source)
        return replace(one, entries=tuple(term for term in terms if not term.parent))

    groups = read_lists((shared / "lists.toml").read_bytes(), "lists.toml")
    return tuple(replace(group, lists=tuple(map(whole, group.lists))) for group in groups)


def shared_lists() -> tuple[SharedList, ...]:
    return tuple(one for group in list_groups() for one in group.lists)


def provider(slug: str) -> AccreditedProvider:
    """The provider with this slug; anyone may know that it exists."""
    found = AccreditedProvider.objects.select_related("contact").filter(slug=slug).first()
    if found is None:
        raise NotFound("program")
    return found  # type: ignore[no-any-return]


# --- mission --------------------------------------------------------------------------------------------------------------


def mission_in_force(of: AccreditedProvider) -> Mission | None:
    return _missions(of).filter(effective_until=None).order_by("-effective_from").first()


def mission_versions(of: AccreditedProvider) -> QuerySet[Mission]:
    """All versions, the newest first."""
    return Mission.objects.filter(provider=of).order_by("-effective_from", "-id")


def mission(of: AccreditedProvider, version_id: int) -> Mission:
    found = _missions(of).filter(pk=version_id).first()
    if found is None:
        raise NotFound("version of the mission")
    return found


def _missions(of: AccreditedProvider) -> QuerySet[Mission]:
    results = Prefetch("expected_results", ExpectedResult.objects.filter(retired_on=None))
    statements = Prefetch("statements", MissionStatement.objects.prefetch_related("tags", results))
    sections = Prefetch("sections", MissionSection.objects.prefetch_related(statements))
    return Mission.objects.filter(provider=of).prefetch_related(sections)


def statement(of: AccreditedProvider, statement_id: int) -> MissionStatement:
    found = (
        MissionStatement.objects.select_related("section__mission")
        .filter(pk=statement_id, section__mission__provider=of, section__mission__effective_until=None)
        .first()
    )
    if found is None:
        raise NotFound("statement")
    return found  # type: ignore[no-any-return]


def statements_by_tag(shown: Mission | None) -> dict[str, list[MissionStatement]]:
    """The summary of the profile: tag -> its statements, whatever heading they stand under (UMASS-39)."""
    found: dict[str, list[MissionStatement]] = {}
    for section in shown.sections.all() if shown else ():
        for one in section.statements.all():
            for tag in one.tags.all():
                found.setdefault(tag.tag, []).append(one)
    return found


def expected_results(of: AccreditedProvider) -> QuerySet[ExpectedResult]:
    return ExpectedResult.objects.filter(provider=of, retired_on=None)


def goals(of: AccreditedProvider, kind: str = "") -> QuerySet[MissionGoal]:
    """Visions, goals and objectives with the expected results they serve."""
    found = MissionGoal.objects.filter(provider=of, retired_on=None).prefetch_related("goal_results__expected_result")
    return found.filter(kind=kind) if kind else found


def goal(of: AccreditedProvider, goal_id: int) -> MissionGoal:
    found = goals(of).filter(pk=goal_id).first()
    if found is None:
        raise NotFound("objective")
    return found


# --- lists ----------------------------------------------------------------------------------------------------------------


def terms(of: AccreditedProvider, taxonomy: str) -> QuerySet[Term]:
    return Term.objects.filter(provider=of, taxonomy=taxonomy, retired_on=None)


class FormatWords(dict[str, str]):
    """The program's words for its formats by key; a key it no longer offers is written out."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ").capitalize()


def format_words(of: AccreditedProvider) -> FormatWords:
    """One query, also of formats that were retired."""
    return FormatWords(Term.objects.filter(provider=of, taxonomy="format").values_list("key", "label"))


def terms_by_list(of: AccreditedProvider) -> dict[str, list[Term]]:
    """Every list of the program with its entries in order. One query."""
    found: dict[str, list[Term]] = {}
    for term in Term.objects.filter(provider=of, retired_on=None).order_by("taxonomy", "position", "id"):
        found.setdefault(term.taxonomy, []).append(term)
    return found


def organisations(of: AccreditedProvider) -> QuerySet[Organisation]:
    return Organisation.objects.filter(provider=of)


def organisation(of: AccreditedProvider, organisation_id: int) -> Organisation:
    found = organisations(of).filter(pk=organisation_id).first()
    if found is None:
        raise NotFound("organisation")
    return found


def words(of: AccreditedProvider) -> dict[str, str]:
    """The program's own vocabulary: key -> its word."""
    rows: Iterable[tuple[str, str]] = of.vocabulary.values_list("key", "text")
    return dict(rows)


def pages(of: AccreditedProvider) -> dict[str, PublicPage]:
    """The program's public pages by key, in its own order."""
    return {page.key: page for page in PublicPage.objects.filter(provider=of)}


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A public page that holds the words searched for."""

    key: str
    title: str
    text: str


def pages_with(of: AccreditedProvider, text: str, limit: int = 20) -> list[FoundPage]:
    """Statements, goals and policies in which every word occurs, with the page that shows them."""
    words = text.casefold().split()[:5]
    if not words:
        return []
    own = pages(of)
    mission_page = next((key for key in ("mission", "about") if key in own), "mission")
    shown = mission_in_force(of)
    lines = [
        (mission_page, one.text)
        for section in (shown.sections.all() if shown else ())
        for one in section.statements.all()
    ]
    lines += [(mission_page, f"{goal.title} {goal.text}".strip()) for goal in goals(of)]
    lines += [("policies", one.title) for one in policies(of)] if "policies" in own else []
    found = [(key, line) for key, line in lines if all(word in line.casefold() for word in words)]
    titles = {key: page.title for key, page in own.items()}
    return [FoundPage(key, titles.get(key, key.capitalize()), line) for key, line in found[:limit]]


def accreditations(of: AccreditedProvider) -> QuerySet[Accreditation]:
    return Accreditation.objects.filter(provider=of).order_by("body")


def policies(of: AccreditedProvider) -> QuerySet[ProgramPolicy]:
    return ProgramPolicy.objects.filter(provider=of, retired_on=None)


def reach_of(bands: Iterable[ReachBand], state: str, nation: str) -> str:
    """The key of the first band that holds a place (state code, two-letter nation); empty where none does."""
    for band in bands:
        states, nations = band.states.split(), band.nations.split()
        if (states and nation == "US" and state in states) or (not states and (not nations or nation in nations)):
            return band.key
    return ""


# --- contact and hours ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenHours:
    """The office as a visitor meets it: its week as text, and what holds at this moment.

    `week`: one line per weekday with hours ("Monday", "09:00 to 17:00"); `holidays`: the coming ones, soonest first.
    """

    week: tuple[tuple[str, str], ...]
    is_open: bool
    sentence: str
    holidays: tuple[Holiday, ...] = ()


def contact(of: AccreditedProvider) -> ContactDetails | None:
    return ContactDetails.objects.filter(provider=of).first()


def office_hours(of: AccreditedProvider, now: dt.datetime) -> OpenHours:
    """The hours in the office's own zone, with the holiday of today or the next one, if it is within two weeks."""
    local = now.astimezone(ZoneInfo(of.time_zone))
    spans: dict[int, list[tuple[dt.time, dt.time]]] = {}
    for weekday, opens, closes in of.hours.order_by("weekday", "opens").values_list("weekday", "opens", "closes"):
        spans.setdefault(weekday, []).append((opens, closes))
    week = tuple(
        (WEEKDAYS[day], " and ".join(f"{opens:%H:%M} to {closes:%H:%M}" for opens, closes in times))
        for day, times in spans.items()
    )
    holidays = tuple(Holiday.objects.filter(provider=of, on__gte=local.date()).order_by("on")[:10])
    today = next((day for day in holidays if day.on == local.date()), None)
    current = next(((o, c) for o, c in spans.get(local.weekday(), ()) if o <= local.time() < c), None)
    if today is not None:
        return OpenHours(week, False, f"Closed today: {today.label}.", holidays)
    if current is not None:
        return OpenHours(week, True, f"Open now, until {current[1]:%H:%M} ({of.place}).", holidays)
    closed_on = {day.on for day in holidays}
    for ahead in range(15):
        day = local.date() + dt.timedelta(days=ahead)
        later = [o for o, _ in spans.get(day.weekday(), ()) if ahead or o > local.time()]
        if later and day not in closed_on:
            when = "today" if not ahead else "tomorrow" if ahead == 1 else f"on {WEEKDAYS[day.weekday()]}"
            return OpenHours(week, False, f"Closed now. Opens {when} at {later[0]:%H:%M} ({of.place}).", holidays)
    return OpenHours(week, False, "Closed now." if week else "", holidays)


@dataclass(frozen=True, slots=True)
class ProviderName:
    """What navigation needs of a provider."""

    slug: str
    short_name: str
    office_name: str


_names: tuple[float, dict[int, ProviderName]] = (-1e9, {})


def provider_names() -> dict[int, ProviderName]:
    """Names of all providers by number, kept in this process for half a minute: every page's menu needs them."""
    global _names
    if time.monotonic() - _names[0] > 30:
        rows = AccreditedProvider.objects.order_by("name").values_list("pk", "slug", "short_name", "office_name")
        _names = (time.monotonic(), {pk: ProviderName(*names) for pk, *names in rows})
    return _names[1]


def forget_names() -> None:
    """Read the names anew at the next question (between tests, after a profile was loaded)."""
    global _names
    _names = (-1e9, {})
