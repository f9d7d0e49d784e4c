"""A profile as rows. Called by the actions of this package only; each function makes one kind of row what the profile says."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Model

from lifelong.formats import profile as outside
from lifelong.formats.profile.read import as_terms
from lifelong.kernel.problems import problem
from lifelong.loop.program.models import (
    Accreditation,
    AccreditedProvider,
    ContactDetails,
    ExpectedResult,
    GoalResult,
    Mission,
    MissionGoal,
    MissionSection,
    MissionStatement,
    OfficeHours,
    ProgramPolicy,
    PublicPage,
    ReachBand,
    StatementTag,
    Term,
    Word,
)
from lifelong.loop.program.reads import shared_lists

if TYPE_CHECKING:
    from lifelong.loop.program.actions import Passage

PLAIN = (
    "name",
    "office_name",
    "short_name",
    "accent",
    "time_zone",
    "place",
    "institutional_mission",
    "competency_required",
)


def fingerprint(profile: outside.Profile) -> str:
    """SHA-256 of everything the profile and the shared lists say, the same for the same content whatever the layout of the files."""
    said = [dataclasses.asdict(profile), *map(dataclasses.asdict, shared_lists())]
    content = json.dumps(said, sort_keys=True, default=_plain)
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def keep_contact(provider: AccreditedProvider, contact: outside.Contact) -> None:
    """Contact and hours of the profile, unless the office has written its own."""
    kept = ContactDetails.objects.filter(provider=provider).first()
    if kept is not None and not kept.is_demo:
        return
    ContactDetails.objects.update_or_create(
        provider=provider,
        defaults={
            "address": "\n".join(contact.address), "phone": contact.phone, "fax": contact.fax, "email": contact.email,
            "out_of_hours": contact.out_of_hours, "is_demo": contact.demo,
        },
    )  # fmt: skip
    provider.hours.all().delete()
    OfficeHours.objects.bulk_create(
        [OfficeHours(provider=provider, weekday=h.weekday, opens=h.opens, closes=h.closes) for h in contact.hours]
    )


def keep_words(provider: AccreditedProvider, vocabulary: Mapping[str, str]) -> None:
    provider.vocabulary.exclude(key__in=list(vocabulary)).delete()
    _upsert(Word, provider, "key", [{"key": key, "text": text} for key, text in vocabulary.items()])


def keep_accreditations(provider: AccreditedProvider, accreditations: Sequence[outside.Accreditation]) -> None:
    names = ("body", "kind", "statement", "since", "confirmed", "note")
    provider.accreditations.exclude(body__in=[a.body for a in accreditations]).delete()
    _upsert(Accreditation, provider, "body", [{name: getattr(a, name) for name in names} for a in accreditations])


# --- mission --------------------------------------------------------------------------------------------------------------


def keep_mission(provider: AccreditedProvider, mission: outside.Mission) -> None:
    """The version of the profile; the version before keeps its rows and gets an end."""
    known = Mission.objects.filter(provider=provider, version=mission.version).first()
    if known is None:
        sections = [(s.heading, [(one.key, one.text, one.tags) for one in s.statements]) for s in mission.sections]
        _write_version(provider, mission.version, mission.title, mission.effective_from, sections)
    elif _said(known) != [(s.heading, [one.text for one in s.statements]) for s in mission.sections]:
        raise problem(
            "mission.changed",
            f"The mission text changed, but its version is still “{mission.version}”.",
            "Give the changed mission a new version name and the day from which it holds.",
            "mission.version",
        )
    else:
        _retag(known, mission)


def new_version(
    provider: AccreditedProvider, version: str, title: str, effective_from: dt.date, passages: Sequence[Passage]
) -> Mission:
    """A version typed by hand: words that stay keep key and tags; new words get a key made of them."""
    before = {
        one.text: (one.key, tuple(tag.tag for tag in one.tags.all()))
        for one in MissionStatement.objects.filter(section__mission__provider=provider, section__mission__effective_until=None)
        .prefetch_related("tags")
    }  # fmt: skip
    taken = {key for key, _ in before.values()}
    sections: list[tuple[str, list[tuple[str, str, tuple[str, ...]]]]] = []
    for passage in passages:
        lines = []
        for text in passage.statements:
            key, tags = before.get(text) or (_new_key(text, taken), ())
            taken.add(key)
            lines.append((key, text, tags))
        sections.append((passage.heading, lines))
    return _write_version(provider, version, title, effective_from, sections)


def _write_version(
    provider: AccreditedProvider,
    version: str,
    title: str,
    effective_from: dt.date,
    sections: Sequence[tuple[str, Sequence[tuple[str, str, Sequence[str]]]]],
) -> Mission:
    Mission.objects.filter(provider=provider, effective_until=None).update(
        effective_until=effective_from - dt.timedelta(days=1)
    )
    mission: Mission = Mission.objects.create(
        provider=provider, version=version, title=title, effective_from=effective_from
    )
    for place, (heading, lines) in enumerate(sections):
        section = MissionSection.objects.create(mission=mission, position=place, heading=heading)
        for position, (key, text, tags) in enumerate(lines):
            statement = MissionStatement.objects.create(section=section, position=position, key=key, text=text)
            StatementTag.objects.bulk_create([StatementTag(statement=statement, tag=tag) for tag in tags])
            # a result stands in the newest wording of its statement
            ExpectedResult.objects.filter(provider=provider, statement__key=key).update(statement=statement)
    return mission


def _said(mission: Mission) -> list[tuple[str, list[str]]]:
    return [
        (s.heading, [one.text for one in s.statements.all()]) for s in mission.sections.prefetch_related("statements")
    ]


def _retag(mission: Mission, profile: outside.Mission) -> None:
    wanted = {(one.key, tag) for one in profile.statements for tag in one.tags}
    rows = StatementTag.objects.filter(statement__section__mission=mission).values_list("id", "statement__key", "tag")
    known = {(key, tag): row_id for row_id, key, tag in rows}
    StatementTag.objects.filter(id__in=[row_id for pair, row_id in known.items() if pair not in wanted]).delete()
    statements = {one.key: one for one in MissionStatement.objects.filter(section__mission=mission)}
    StatementTag.objects.bulk_create(
        [
            StatementTag(statement=statements[key], tag=tag)
            for key, tag in sorted(wanted - set(known))
            if key in statements
        ]
    )


def _new_key(text: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60] or "statement"
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if key not in taken)


# --- lists ----------------------------------------------------------------------------------------------------------------


def keep_results(provider: AccreditedProvider, profile: outside.Profile, today: dt.date) -> None:
    statements = {
        one.key: one
        for one in MissionStatement.objects.filter(
            section__mission__provider=provider, section__mission__version=profile.mission.version
        )
    }
    values = [
        {
            "key": result.key, "kind": result.kind, "label": result.label, "statement": statements.get(result.statement),
            "position": position, "indicator": result.indicator.key, "indicator_label": result.indicator.counts,
            "unit": result.indicator.unit, "target": result.indicator.target,
            "higher_is_better": result.indicator.direction == "higher",
            "supports_institution": result.supports_institution, "retired_on": None,
        }
        for position, result in enumerate(profile.expected_results)
    ]  # fmt: skip
    _upsert(ExpectedResult, provider, "key", values)
    _retire(ExpectedResult, provider, [v["key"] for v in values], today)


def keep_goals(provider: AccreditedProvider, profile: outside.Profile, today: dt.date) -> None:
    values = [
        {
            "key": goal.key,
            "kind": goal.kind,
            "title": goal.title,
            "text": goal.text,
            "position": position,
            "retired_on": None,
        }
        for position, goal in enumerate(profile.goals)
    ]
    _upsert(MissionGoal, provider, "key", values)
    _retire(MissionGoal, provider, [v["key"] for v in values], today)
    goals = {goal.key: goal for goal in MissionGoal.objects.filter(provider=provider)}
    results = {result.key: result for result in ExpectedResult.objects.filter(provider=provider)}
    GoalResult.objects.filter(goal__provider=provider).delete()
    GoalResult.objects.bulk_create(
        [
            GoalResult(goal=goals[g.key], expected_result=results[key])
            for g in profile.goals
            for key in g.expected_results
        ]
    )


def keep_terms(provider: AccreditedProvider, profile: outside.Profile, today: dt.date) -> None:
    lists = dict(as_terms(profile)) | {one.key: one.entries for one in shared_lists()}
    lists["register"] = tuple(
        outside.Term(key, key.replace("_", " ").capitalize()) for key in sorted(profile.registers)
    )
    known = {(term.taxonomy, term.key): term for term in Term.objects.filter(provider=provider)}
    new: list[Term] = []
    changed: list[Term] = []
    for taxonomy, terms in lists.items():
        for position, said in enumerate(terms):
            term = known.pop((taxonomy, said.key), None) or Term(provider=provider, taxonomy=taxonomy, key=said.key)
            term.label, term.standard_label, term.parent_key = said.label, said.standard, said.parent
            term.position, term.retired_on = position, None
            (changed if term.pk else new).append(term)
    Term.objects.bulk_create(new, batch_size=500)
    Term.objects.bulk_update(
        changed, ["label", "standard_label", "parent_key", "position", "retired_on"], batch_size=200
    )
    gone = [term.pk for (taxonomy, _), term in known.items() if taxonomy in lists and term.retired_on is None]
    Term.objects.filter(id__in=gone).update(retired_on=today)
    bands = [
        {"key": b.key, "label": b.label, "position": n, "states": " ".join(b.states), "nations": " ".join(b.nations)}
        for n, b in enumerate(profile.reach)
    ]
    provider.reach_bands.exclude(key__in=[b["key"] for b in bands]).delete()
    _upsert(ReachBand, provider, "key", bands)


def keep_pages(provider: AccreditedProvider, profile: outside.Profile, today: dt.date) -> None:
    pages = [
        {"key": page.key, "title": page.title, "position": n, "parts": " ".join(page.parts)}
        for n, page in enumerate(profile.pages)
    ]
    provider.pages.exclude(key__in=[page["key"] for page in pages]).delete()
    _upsert(PublicPage, provider, "key", pages)
    policies = [
        {
            "key": one.key, "title": one.title, "track": one.track, "rule": one.rule, "review_months": one.review_months,
            "retired_on": None,
        }
        for one in profile.policies
    ]  # fmt: skip
    _upsert(ProgramPolicy, provider, "key", policies)
    _retire(ProgramPolicy, provider, [one["key"] for one in policies], today)


def _upsert(model: type[Model], provider: AccreditedProvider, natural: str, values: Sequence[dict[str, Any]]) -> None:
    for value in values:
        rest = {name: part for name, part in value.items() if name != natural}
        model._default_manager.update_or_create(provider=provider, **{natural: value[natural]}, defaults=rest)


def _retire(model: type[Model], provider: AccreditedProvider, keys: Sequence[Any], today: dt.date) -> None:
    rows = model._default_manager.filter(provider=provider, retired_on=None).exclude(key__in=keys)
    rows.update(retired_on=today)
