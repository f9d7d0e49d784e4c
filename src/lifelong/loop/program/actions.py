"""What we do with a program: load its profile, edit what visitors read of it, keep its organisations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from lifelong.formats.profile import Profile
from lifelong.formats.profile.words import TAGS
from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.program import profile_rows as rows
from lifelong.loop.program.models import (
    AccreditedProvider,
    ContactDetails,
    Holiday,
    Mission,
    MissionStatement,
    OfficeHours,
    Organisation,
    StatementTag,
)
from lifelong.rules.verdict import Reason

P = Permission


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a mission as it is typed: its heading (may be empty) and its statements in order."""

    heading: str
    statements: tuple[str, ...]


@action(needs=P.MANAGE_PROGRAM, audit="profile.loaded", on=lambda **_: Scope())
def load_profile(actor: Actor, *, profile: Profile) -> AccreditedProvider:
    """Make the program what its profile says. The same profile twice changes nothing.

    A mission with a new version name starts a new version and ends the one before; a changed text under the same version
    name is refused, because pages and reports already cite it. What the profile no longer lists is retired, never deleted.
    """
    fingerprint = rows.fingerprint(profile)
    provider = AccreditedProvider.objects.filter(slug=profile.slug).first() or AccreditedProvider(slug=profile.slug)
    if provider.profile_hash == fingerprint:
        return already(provider)
    for name in rows.PLAIN:
        setattr(provider, name, getattr(profile, name))
    provider.profile_hash = fingerprint
    provider.save()
    today = clock.today(profile.time_zone)
    rows.keep_contact(provider, profile.contact)
    rows.keep_words(provider, profile.vocabulary)
    rows.keep_accreditations(provider, profile.accreditations)
    rows.keep_mission(provider, profile.mission)
    rows.keep_results(provider, profile, today)
    rows.keep_goals(provider, profile, today)
    rows.keep_terms(provider, profile, today)
    rows.keep_pages(provider, profile, today)
    return provider


# --- what visitors read ---------------------------------------------------------------------------------------------------


@action(needs=P.MANAGE_PROGRAM, audit="contact.changed")
def set_contact(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    address: str,
    phone: str,
    email: str,
    fax: str = "",
    notice: str = "",
    out_of_hours: str = "",
) -> ContactDetails:
    """The office's address, numbers and notice. Written by the office itself, so they are no longer demo details."""
    values = {
        "address": address.strip(), "phone": phone.strip(), "email": email.strip(), "fax": fax.strip(),
        "notice": notice.strip(), "out_of_hours": out_of_hours.strip(),
    }  # fmt: skip
    missing = [name for name in ("address", "phone", "email") if not values[name]]
    if missing:
        raise Problem(*(Reason("contact.missing", f"The {name} is empty.", "Fill it in.", name) for name in missing))
    kept = ContactDetails.objects.filter(provider=provider).first() or ContactDetails(provider=provider)
    if kept.pk and all(getattr(kept, name) == value for name, value in values.items()):
        return already(kept)
    for name, value in values.items():
        setattr(kept, name, value)
    kept.is_demo = False
    kept.save()
    return kept


@action(needs=P.MANAGE_PROGRAM, audit="hours.changed")
def set_hours(
    actor: Actor, provider: AccreditedProvider, *, hours: Sequence[tuple[int, dt.time, dt.time]]
) -> AccreditedProvider:
    """The week of the office: (weekday with 0 = Monday, opens, closes), local times, as often a day as it opens."""
    ordered = sorted(set(hours))
    for index, (weekday, opens, closes) in enumerate(ordered):
        overlaps = index and ordered[index - 1][0] == weekday and ordered[index - 1][2] > opens
        if closes <= opens or not 0 <= weekday <= 6 or overlaps:
            raise problem(
                "hours.order", "An opening ends before it begins, or overlaps another.", "Mend its times.", "hours"
            )
    known = provider.hours.order_by("weekday", "opens").values_list("weekday", "opens", "closes")
    if list(known) == ordered:
        return already(provider)
    provider.hours.all().delete()
    OfficeHours.objects.bulk_create(
        [OfficeHours(provider=provider, weekday=day, opens=opens, closes=closes) for day, opens, closes in ordered]
    )
    return provider


@action(needs=P.MANAGE_PROGRAM, audit="holiday.set")
def add_holiday(actor: Actor, provider: AccreditedProvider, *, on: dt.date, label: str) -> Holiday:
    """A day on which the office is closed."""
    label = label.strip()
    if not label:
        raise problem("holiday.label", "The day has no name.", "Say why the office is closed.", "label")
    row, made = Holiday.objects.get_or_create(provider=provider, on=on, defaults={"label": label})
    if not made:
        if row.label == label:
            return already(row)
        row.label = label
        row.save()
    return row


@action(needs=P.MANAGE_PROGRAM, audit="holiday.removed")
def remove_holiday(actor: Actor, provider: AccreditedProvider, *, on: dt.date) -> AccreditedProvider:
    """The office opens on that day after all."""
    gone, _ = Holiday.objects.filter(provider=provider, on=on).delete()
    return provider if gone else already(provider)


# --- mission --------------------------------------------------------------------------------------------------------------


@action(needs=P.MANAGE_PROGRAM, audit="mission.published")
def publish_mission(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    version: str,
    title: str,
    passages: Sequence[Passage],
    effective_from: dt.date,
) -> Mission:
    """A new version of the mission, typed by the office. Statements whose words stay keep their key and tags."""
    if not version.strip() or not any(passage.statements for passage in passages):
        raise problem("mission.empty", "The mission has no version name or no statement.", "Fill both in.", "text")
    if Mission.objects.filter(provider=provider, version=version.strip()).exists():
        raise problem(
            "mission.version",
            "There is a version of this name already.",
            "Give the new version its own name.",
            "version",
        )
    return rows.new_version(provider, version.strip(), title.strip(), effective_from, passages)


@action(needs=P.MANAGE_PROGRAM, audit="statement.tagged", on=lambda statement, **_: statement_scope(statement))
def tag_statement(actor: Actor, statement: MissionStatement, *, tags: Sequence[str]) -> MissionStatement:
    """Say what a statement is about, whatever heading it stands under (UMASS-39)."""
    wanted = set(tags)
    if unknown := sorted(wanted - TAGS):
        raise problem("statement.tag", f"There is no tag {', '.join(unknown)}.", "Choose from the list.", "tags")
    known = set(statement.tags.values_list("tag", flat=True))
    if known == wanted:
        return already(statement)
    statement.tags.exclude(tag__in=wanted).delete()
    StatementTag.objects.bulk_create([StatementTag(statement=statement, tag=tag) for tag in sorted(wanted - known)])
    return statement


def statement_scope(statement: MissionStatement) -> Scope:
    return Scope(provider_id=statement.section.mission.provider_id)


# --- organisations --------------------------------------------------------------------------------------------------------


@action(needs=P.MANAGE_PROGRAM, audit="organisation.added")
def add_organisation(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    name: str,
    kind: str,
    parent: Organisation | None = None,
    place: str = "",
    is_eligible: bool = True,
) -> Organisation:
    """A department, division, hospital, agency or joint provider. The name decides: a second time changes nothing."""
    name = " ".join(name.split())
    if not name:
        raise problem("organisation.name", "The organisation has no name.", "Type its name.", "name")
    if kind not in Organisation.Kind.values:
        raise problem(
            "organisation.kind", f"“{kind}” is not a kind of organisation.", "Choose one of the list.", "kind"
        )
    if parent is not None and parent.provider_id != provider.pk:
        raise problem(
            "organisation.parent",
            "The organisation above belongs to another program.",
            "Choose one of this program.",
            "parent",
        )
    if kind == Organisation.Kind.JOINT_PROVIDER and not is_eligible:
        sentence = f"{name} is an ineligible company and cannot be a joint provider."
        raise problem("organisation.ineligible", sentence, "Choose an eligible partner.", "is_eligible")
    row, made = Organisation.objects.get_or_create(
        provider=provider,
        name=name,
        defaults={"kind": kind, "parent": parent, "place": place.strip(), "is_eligible": is_eligible},
    )
    return row if made else already(row)
