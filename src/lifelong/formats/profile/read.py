"""Bytes of a profile file into a `Profile`, with every key checked and every reference followed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import available_timezones

from lifelong.formats.profile import words
from lifelong.formats.profile.records import (
    Accreditation,
    Contact,
    ExpectedResult,
    Goal,
    Hours,
    Indicator,
    ListGroup,
    Mission,
    Page,
    Policy,
    Profile,
    ProfileError,
    ReachBand,
    Section,
    SharedList,
    Statement,
    Term,
)
from lifelong.formats.profile.table import Table, once

STATE = re.compile(r"[A-Z]{2}")


def read_profile(data: bytes, filename: str) -> Profile:
    """The profile in `data`. Raises `ProfileError` naming file and key for anything unknown, missing, of the wrong kind or dangling."""
    top = _load(data, filename)
    profile = Profile(
        slug=top.slug("slug"),
        name=top.text("name"),
        office_name=top.text("office_name"),
        short_name=top.text("short_name"),
        accent=_colour(top),
        time_zone=_zone(top),
        place=top.text("place"),
        institutional_mission=top.text("institutional_mission", ""),
        contact=_contact(top.table("contact")),
        vocabulary=top.words("vocabulary", words.VOCABULARY),
        accreditations=once(
            [(t, _accreditation(t)) for t in top.tables("accreditation", optional=True)], lambda a: a.body
        ),
        mission=_mission(top.table("mission")),
        expected_results=once([(t, _expected_result(t)) for t in top.tables("expected_result")], lambda r: r.key),
        goals=once([(t, _goal(t)) for t in top.tables("goal", optional=True)], lambda g: g.key),
        competencies=_standard_terms(top, "competency", words.ABMS),
        competency_required=top.flag("competency_required"),
        iom=_standard_terms(top, "iom", words.IOM),
        themes=_terms(top, "theme"),
        content_domains=_terms(top, "content_domain"),
        content_areas=_terms(top, "content_area"),
        formats=_formats(top),
        audiences=_terms(top, "audience", words.AUDIENCES, optional=False),
        needs_sources=_terms(top, "needs_source", words.NEEDS_SOURCES, optional=False),
        reach=once([(t, _reach(t)) for t in top.tables("reach")], lambda band: band.key),
        pages=once([(t, _page(t)) for t in top.tables("page")], lambda page: page.key),
        policies=once([(t, _policy(t)) for t in top.tables("policy", optional=True)], lambda policy: policy.key),
        registers=frozenset(top.some_of("registers", words.REGISTERS, optional=True)),
        specialties=top.one_of("specialties", {"shared"}),
    )
    top.done()
    _follow_references(top, profile)
    return profile


def read_specialties(data: bytes, filename: str) -> tuple[Term, ...]:
    """The two-level list of specialties: a specialty (no parent) before its subspecialties."""
    top = _load(data, filename)
    found: list[tuple[Table, Term]] = []
    for entry in top.tables("specialty"):
        parent = entry.slug()
        found.append(
            (entry, Term(parent, entry.text("label"), standard=entry.one_of("group", {"medical", "surgical", "other"})))
        )
        for below in entry.tables("subspecialty", optional=True):
            found.append((below, Term(below.slug(), below.text("label"), parent=parent)))
            below.done()
        entry.done()
    top.done()
    return once(found, lambda term: term.key)


def read_lists(data: bytes, filename: str) -> tuple[ListGroup, ...]:
    """The lists all programs share, in the groups and the order in which they are asked. Raises `ProfileError` as a profile does."""
    top = _load(data, filename)
    found = [
        (group, ListGroup(group.text("title"), group.text("hint", ""), tuple(map(_shared, group.tables("list")))))
        for group in top.tables("group")
    ]
    for group, _ in found:
        group.done()
    top.done()
    once([(group, one) for group, read in found for one in read.lists], lambda one: one.key)
    return tuple(read for _, read in found)


def _shared(table: Table) -> SharedList:
    made = SharedList(
        key=table.slug(),
        label=table.text("label"),
        question=table.text("question"),
        help=table.text("help", ""),
        facet=table.text("facet", ""),
        source=table.text("source", ""),
        single=table.flag("single", False),
        entries=_terms(table, "entry"),
    )
    if bool(made.source) == bool(made.entries):
        raise table.error("entry", "A list has entries, or a source that holds them.", "Give it one of the two.")
    table.done()
    return made


def _load(data: bytes, filename: str) -> Table:
    try:
        return Table(filename, "", tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as problem:
        raise ProfileError(filename, "", "The file is not UTF-8 text.", "Save it as UTF-8.") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ProfileError(
            filename, _key_near(data, str(problem)), f"The file is not well-formed: {problem}.", "Mend that line."
        ) from problem


def _key_near(data: bytes, problem: str) -> str:
    """The key on the line a TOML error names, for the message."""
    match = re.search(r"line (\d+)", problem)
    lines = data.decode("utf-8", errors="replace").splitlines()
    if not match or int(match[1]) > len(lines):
        return ""
    return lines[int(match[1]) - 1].partition("=")[0].strip(" []")[:60]


def _colour(top: Table) -> str:
    value = top.text("accent")
    if not re.fullmatch(r"#[0-9a-f]{6}", value):
        raise top.error("accent", f"{value!r} is not a colour.", "Write it as #0a1b2c, in lower case.")
    return value


def _zone(top: Table) -> str:
    value = top.text("time_zone")
    if value not in available_timezones():
        raise top.error("time_zone", f"{value!r} is not a time zone.", "Write it as America/New_York.")
    return value


def _contact(table: Table) -> Contact:
    hours = []
    for entry in table.tables("hours"):
        opens, closes = entry.clock("opens"), entry.clock("closes")
        if closes <= opens:
            raise entry.error("closes", "The office closes before it opens.", "Swap the two times.")
        hours += [Hours(words.WEEKDAYS[day], opens, closes) for day in entry.some_of("weekdays", words.WEEKDAYS)]
        entry.done()
    email = table.text("email")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", email):
        raise table.error("email", f"{email!r} is not an e-mail address.", "Write it as office@example.org.")
    contact = Contact(
        address=table.texts("address"),
        phone=table.text("phone"),
        email=email,
        hours=tuple(sorted(hours, key=lambda h: (h.weekday, h.opens))),
        fax=table.text("fax", ""),
        out_of_hours=table.text("out_of_hours", ""),
        demo=table.flag("demo"),
    )
    table.done()
    return contact


def _accreditation(table: Table) -> Accreditation:
    found = Accreditation(
        body=table.text("body"),
        kind=table.one_of("kind", words.ACCREDITATION_KINDS),
        statement=table.one_of("statement", words.STATEMENTS),
        confirmed=table.flag("confirmed"),
        since=table.day_if_any("since"),
        note=table.text("note", ""),
    )
    table.done()
    return found


def _mission(table: Table) -> Mission:
    version, title, start = table.text("version"), table.text("title"), table.day("effective_from")
    sections: list[Section] = []
    seen: list[tuple[Table, Statement]] = []
    for entry in table.tables("section"):
        statements = []
        for line in entry.tables("statement"):
            statement = Statement(line.slug(), line.text("text"), line.some_of("tags", words.TAGS))
            line.done()
            statements.append(statement)
            seen.append((line, statement))
        sections.append(Section(entry.text("heading", ""), tuple(statements)))
        entry.done()
    once(seen, lambda statement: statement.key)
    table.done()
    return Mission(version, title, start, tuple(sections))


def _expected_result(table: Table) -> ExpectedResult:
    inner = table.table("indicator")
    indicator = Indicator(
        key=inner.one_of("key", words.INDICATORS),
        counts=inner.text("counts"),
        unit=inner.one_of("unit", words.UNITS),
        target=inner.number("target"),
        direction=inner.one_of("direction", words.DIRECTIONS),
    )
    inner.done()
    result = ExpectedResult(
        key=table.slug(),
        kind=table.one_of("kind", words.RESULT_KINDS),
        label=table.text("label"),
        statement=table.text("statement"),
        indicator=indicator,
        supports_institution=table.flag("supports_institution", False),
    )
    table.done()
    return result


def _goal(table: Table) -> Goal:
    goal = Goal(
        key=table.slug(),
        kind=table.one_of("kind", {"vision", "goal", "objective"}),
        title=table.text("title", ""),
        text=table.text("text"),
        expected_results=table.texts("expected_results", optional=True),
    )
    table.done()
    return goal


def _terms(top: Table, key: str, allowed: Collection[str] | None = None, *, optional: bool = True) -> tuple[Term, ...]:
    found = []
    for entry in top.tables(key, optional=optional):
        name = entry.slug() if allowed is None else entry.one_of("key", allowed)
        found.append((entry, Term(name, entry.text("label"))))
        entry.done()
    return once(found, lambda term: term.key)


def _standard_terms(top: Table, key: str, standard: Mapping[str, str]) -> tuple[Term, ...]:
    """A list whose entries have a name of their own elsewhere: the program gives its label, exports use the standard name."""
    terms = _terms(top, key, standard)
    return tuple(Term(term.key, term.label, standard=standard[term.key]) for term in terms)


def _formats(top: Table) -> tuple[Term, ...]:
    found = []
    for entry in top.tables("format"):
        name = entry.one_of("key", words.FORMATS)
        found.append(
            (entry, Term(name, entry.text("label"), standard=entry.one_of("credit_format", words.CREDIT_FORMATS)))
        )
        entry.done()
    return once(found, lambda term: term.key)


def _reach(table: Table) -> ReachBand:
    band = ReachBand(
        key=table.one_of("key", words.REACH_KEYS),
        label=table.text("label"),
        states=table.texts("states", optional=True),
        nations=table.texts("nations", optional=True),
    )
    for key, codes in (("states", band.states), ("nations", band.nations)):
        for code in codes:
            if not STATE.fullmatch(code):
                raise table.error(key, f"{code!r} is not a two-letter code.", "Write codes such as MA or US.")
    table.done()
    return band


def _page(table: Table) -> Page:
    page = Page(table.one_of("key", words.PAGES), table.text("title"), table.some_of("parts", words.PAGE_PARTS))
    table.done()
    return page


def _policy(table: Table) -> Policy:
    policy = Policy(
        key=table.slug(),
        title=table.text("title"),
        track=table.one_of("track", words.TRACKS),
        rule=table.text("rule"),
        review_months=table.whole("review_months"),
    )
    table.done()
    return policy


def _follow_references(top: Table, profile: Profile) -> None:
    statements = {statement.key for statement in profile.mission.statements}
    for result in profile.expected_results:
        if result.statement not in statements:
            raise _dangling(top, f"expected_result[{result.key}].statement", result.statement, "mission statement")
        if result.supports_institution and not profile.institutional_mission:
            key = f"expected_result[{result.key}].supports_institution"
            raise top.error(
                key, "There is no institutional mission to support.", "Add institutional_mission, or say false."
            )
    results = {result.key for result in profile.expected_results}
    for goal in profile.goals:
        for name in goal.expected_results:
            if name not in results:
                raise _dangling(top, f"goal[{goal.key}].expected_results", name, "expected result")
    if profile.competency_required and not profile.competencies:
        raise top.error(
            "competency_required", "A competency is required but none is listed.", "Add [[competency]] entries."
        )
    for band in profile.reach[:-1]:
        if not band.states and not band.nations:
            key = f"reach[{band.key}]"
            raise top.error(key, "This band takes every place, so the bands after it stay empty.", "Put it last.")


def _dangling(top: Table, key: str, name: str, what: str) -> ProfileError:
    return top.error(key, f"There is no {what} with the key {name!r}.", f"Use the key of a {what} of this file.")


def as_terms(profile: Profile) -> dict[str, tuple[Term, ...]]:
    """All lists of the profile by taxonomy name, as the program keeps them."""
    lists: dict[str, Any] = {
        "competency": profile.competencies,
        "iom": profile.iom,
        "theme": profile.themes,
        "content_domain": profile.content_domains,
        "content_area": profile.content_areas,
        "format": profile.formats,
        "audience": profile.audiences,
        "needs_source": profile.needs_sources,
        "reach": tuple(Term(band.key, band.label) for band in profile.reach),
    }
    return lists
