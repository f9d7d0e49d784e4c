"""The fictional year as a plan: who, what, when. Pure and deterministic: the same day, size and program give the same year."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from lifelong.loop.demo import corpus

WEEKS_BACK, WEEKS_AHEAD = 38, 6
FRIDAY = 4
EVALUATION_CLOSED = 35  # days after a session, the claim window included
LEARNER, NURSE = 0, 1  # the two demo people who sign in: they are regulars of the first series


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything, per program (peers: a community school, a typical academic office, the largest five percent)."""

    people: int
    series: int
    sessions: int
    others: int
    check_ins: int


# courses whose questions about plans are all answered or over, by how many weeks ago they were held: they can be closed
CLOSED = {0: 30, 3: 28, 4: 26}
DRAFTS = 2  # the last courses are still being planned; the very last is no more than an idea
WEEKEND_COURSE = 1  # on a Saturday or Sunday no series meets; this course does

SIZES = {
    "tiny": Size(80, 3, 12, 3, 420),  # for tests
    "small": Size(1_500, 18, 40, 22, 10_000),
    "medium": Size(20_000, 150, 40, 160, 150_000),
    "large": Size(60_000, 300, 40, 800, 300_000),
}


# how far the learners of an activity go: they plan a change, they only rate, or nobody answers at all
PLANS, RATINGS, SILENCE = "plans", "ratings", "silence"
ONE_IN = {RATINGS: 6, SILENCE: 14}
WAVE = 45  # days after which plans are asked about
WEAK, WEAK_LIFT = 2, -0.45  # activities of a year that their learners find poor
PATIENTS_A_WEEK = (1, 2, 2, 3, 4, 5, 5, 6, 8, 10, 10, 12, 15, 20, 25)


@dataclass(frozen=True, slots=True)
class PersonPlan:
    given: str
    family: str
    suffix: str
    email: str
    profession: str
    level: str
    specialty: str
    state: str
    country: str
    affiliated: bool
    department: int
    reports: bool  # gave permission to report


@dataclass(frozen=True, slots=True)
class Visit:
    """One person in one session, and what they did about it."""

    person: int
    channel: str
    minute: int  # after the start
    evaluated_after_days: int | None
    ratings: tuple[int, ...] = ()
    intent: str = ""
    commitment: str = ""
    barrier: str = ""
    overcome: str = ""
    follow_ups: tuple[str, ...] = ()  # answer of each wave, "" for silence
    claimed: bool = False
    patients: int | None = None  # a week, whom the planned change concerns; half of those asked say it


@dataclass(slots=True)
class SessionPlan:
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    speaker: int
    visits: list[Visit] = field(default_factory=list)


@dataclass(slots=True)
class ActivityPlan:
    title: str
    is_series: bool
    format: str
    department: int
    planner: int
    gap: int
    weekday: int
    starts: dt.time
    minutes: int
    sessions: list[SessionPlan]
    lift: float  # how well it works: shifts ratings, plans and follow-up answers
    depth: str = PLANS


@dataclass(slots=True)
class YearPlan:
    slug: str
    today: dt.date
    people: list[PersonPlan]
    activities: list[ActivityPlan]


BARRIERS = (  # and how often each is named, in percent
    ("time", "staff", "equipment", "skills", "consensus", "knowledge", "patient_preference"),
    (32, 20, 13, 12, 9, 8, 6),
)
FOLLOW_UP_ANSWERS: tuple[tuple[str, int], ...] = (
    ("fully", 44),
    ("partly", 24),
    ("not_yet", 18),
    ("no_longer", 6),
    ("not_applicable", 8),
)


def plan_year(slug: str, zone: str, today: dt.date, size: Size, formats: list[str]) -> YearPlan:
    """The year of one program around `today` (local). `formats`: keys the program offers besides the series."""
    rng = random.Random(f"lifelong/{slug}/{size.people}/{today.isoformat()}")
    people = list(_people(rng, slug, size.people))
    home = corpus.STATES.get(slug, "MA")
    people[LEARNER] = PersonPlan(
        "Lou",
        "Learner",
        "MD",
        f"learner@{slug}.demo.example",
        "physician",
        "practising",
        "Internal medicine",
        home,
        "US",
        True,
        0,
        True,
    )
    people[NURSE] = PersonPlan(
        "Nan", "Nurse", "RN", f"nurse@{slug}.demo.example", "nurse", "practising", "", home, "US", True, 0, True
    )
    activities = [_series(rng, slug, number, zone, today, size) for number in range(size.series)]
    activities += [_course(rng, number, zone, today, size, formats) for number in range(size.others)]
    activities.append(_last_year(rng, zone, today, size, formats))
    _let_learner_teach(activities[1], today)
    _differ(random.Random(f"depth/{slug}"), activities, size, today)
    _visits(rng, activities, size, today)
    return YearPlan(slug, today, people, activities)


def _people(rng: random.Random, slug: str, count: int) -> Iterator[PersonPlan]:
    kinds = [kind for *kind, share in corpus.PROFESSIONS for _ in range(share)]
    home = corpus.STATES.get(slug, "MA")
    elsewhere = (*corpus.ELSEWHERE, *(("", country) for country in corpus.ABROAD.get(slug, ())))
    for number in range(count):
        profession, suffix, level = rng.choice(kinds)
        given, family = rng.choice(corpus.GIVEN), rng.choice(corpus.FIRST_HALF) + rng.choice(corpus.SECOND_HALF)
        state, country = (home, "US") if rng.random() < 0.82 else rng.choice(elsewhere)
        yield PersonPlan(
            given, family, suffix, f"{given}.{family}.{number}@{slug}.demo.example".lower(), profession, level,
            rng.choice(corpus.SPECIALTIES) if profession == "physician" else "", state, country, rng.random() < 0.75,
            rng.randrange(len(corpus.DEPARTMENTS)), rng.random() < 0.8,
        )  # fmt: skip


def _series(rng: random.Random, slug: str, number: int, zone: str, today: dt.date, size: Size) -> ActivityPlan:
    department = number % len(corpus.DEPARTMENTS)
    kind = corpus.SERIES_KINDS[(number // len(corpus.DEPARTMENTS)) % len(corpus.SERIES_KINDS)]
    ordinal = number // (len(corpus.DEPARTMENTS) * len(corpus.SERIES_KINDS))
    title = f"{corpus.DEPARTMENTS[department]} {kind}" + (f" {ordinal + 1}" if ordinal else "")
    # on a weekday the first series of each program meets today, so that a newcomer finds a session to check in to
    gap = corpus.GAPS_OF_SERIES[min(1, number // len(corpus.DEPARTMENTS))][department]
    drawn = rng.randrange(5)
    weekday = min(today.weekday(), FRIDAY) if number == 0 else drawn
    starts = dt.time(rng.choice((7, 8, 12, 12, 16)), rng.choice((0, 0, 30)))
    first = today - dt.timedelta(weeks=WEEKS_BACK)
    first += dt.timedelta(days=(weekday - first.weekday()) % 7)
    days = [first + dt.timedelta(weeks=week) for week in range(WEEKS_BACK + WEEKS_AHEAD + 1)]
    days = [day for day in days if not _is_holiday(day)]
    picked = sorted(rng.sample(days, min(size.sessions, len(days))))
    if number == 0 and today.weekday() <= FRIDAY and today not in picked:
        picked[-1] = today
        picked.sort()
    talks = rng.sample(corpus.TALKS, len(corpus.TALKS))
    sessions = [
        _session(talks[i % len(talks)], day, starts, 60, zone, rng.randrange(2, size.people))
        for i, day in enumerate(picked)
    ]
    return ActivityPlan(
        title, True, "series", department, rng.randrange(2, size.people), gap, weekday, starts, 60, sessions,
        rng.uniform(-0.15, 0.2),
    )  # fmt: skip


def _course(rng: random.Random, number: int, zone: str, today: dt.date, size: Size, formats: list[str]) -> ActivityPlan:
    name, gap, department = corpus.COURSES[number % len(corpus.COURSES)]
    ordinal = number // len(corpus.COURSES)
    day = today + dt.timedelta(days=rng.randrange(-WEEKS_BACK * 7, WEEKS_AHEAD * 7))
    if number in CLOSED:
        day = today - dt.timedelta(weeks=CLOSED[number])
    elif number >= size.others - DRAFTS:
        day = today + dt.timedelta(weeks=3 + number % 3)
    day -= dt.timedelta(days=max(0, day.weekday() - FRIDAY) + (14 if _is_holiday(day) else 0))
    if number == WEEKEND_COURSE < size.others - DRAFTS and today.weekday() > FRIDAY:
        day = today
    starts = dt.time(8, 30)
    sessions = [
        _session(f"{name}: part {part + 1}", day, dt.time(8 + 2 * part, 30), 90, zone, rng.randrange(2, size.people))
        for part in range(3)
    ]
    return ActivityPlan(
        name + (f" {ordinal + 1}" if ordinal else ""), False, rng.choice(formats), department, rng.randrange(2, size.people),
        gap, day.weekday(), starts, 90, sessions, rng.uniform(-0.15, 0.2),
    )  # fmt: skip


def _is_holiday(day: dt.date) -> bool:
    """Nobody meets from Christmas Eve to New Year's Day."""
    return (day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)


def _last_year(rng: random.Random, zone: str, today: dt.date, size: Size, formats: list[str]) -> ActivityPlan:
    """A course of the year before: who came then and comes now is a returning learner."""
    day = dt.date(today.year - 1, 10, 6)
    session = _session(
        "Updates in practice: the year before", day, dt.time(9), 120, zone, rng.randrange(2, size.people)
    )
    return ActivityPlan(
        "Updates in practice",
        False,
        formats[0],
        0,
        rng.randrange(2, size.people),
        0,
        day.weekday(),
        dt.time(9),
        120,
        [session],
        0.0,
    )


def _session(title: str, day: dt.date, starts: dt.time, minutes: int, zone: str, speaker: int) -> SessionPlan:
    begin = dt.datetime.combine(day, starts, ZoneInfo(zone)).astimezone(dt.UTC)
    return SessionPlan(title, begin, begin + dt.timedelta(minutes=minutes), speaker)


def _let_learner_teach(series: ActivityPlan, today: dt.date) -> None:
    """The demo learner spoke once, long enough ago that evaluation has closed: their own ratings can be read."""
    closed = [one for one in series.sessions if (today - one.starts_at.date()).days > EVALUATION_CLOSED]
    if closed:
        closed[-1].speaker = LEARNER


def _differ(rng: random.Random, activities: list[ActivityPlan], size: Size, today: dt.date) -> None:
    """Not every activity works, or is followed as far. The first two series and the courses that are closed stay as they are."""
    closed = {size.series + number for number in CLOSED}
    begun = today - dt.timedelta(days=WAVE)
    others = [
        one
        for number, one in enumerate(activities[:-1])
        if number > 1 and number not in closed and one.sessions[0].starts_at.date() < begun
    ]
    rng.shuffle(others)
    for depth, share in ONE_IN.items():
        for _ in range(len(others) // share if len(others) >= share else 0):
            others.pop().depth = depth
    for one in others[: WEAK if len(others) > 2 * WEAK else 0]:
        one.lift = WEAK_LIFT


def _visits(rng: random.Random, activities: list[ActivityPlan], size: Size, today: dt.date) -> None:
    """Fill the rooms until the year's check-ins are used up; every activity has its own regulars."""
    held = [
        (activity, session)
        for activity in activities
        for session in activity.sessions
        if session.starts_at.date() < today
    ]
    if not held:
        return
    regulars = {id(activity): rng.sample(range(2, size.people), min(size.people - 2, 90)) for activity in activities}
    for number, activity in enumerate(activities):
        if number % 3 == 0:
            regulars[id(activity)] += [LEARNER, NURSE]
    mean = max(1, size.check_ins // len(held))
    for activity, session in held:
        among = regulars[id(activity)]
        room = min(len(among), max(3, round(rng.gauss(mean, mean / 4))))
        if session.starts_at.date().year < today.year and not activity.is_series and len(activity.sessions) == 1:
            among, room = list(range(size.people)), round(size.people * 0.42)  # the course of the year before
        present = set(rng.sample(among, room)) | ({LEARNER, NURSE} if activity is activities[0] else set())
        for person in sorted(present):
            if person != session.speaker:
                session.visits.append(_visit(rng, activity, session, person, today))


def _visit(rng: random.Random, activity: ActivityPlan, session: SessionPlan, person: int, today: dt.date) -> Visit:
    channel = rng.choices(("screen_code", "text", "staff"), (70, 20, 10))[0]
    minute = rng.randrange(-3, 25)
    since = (today - session.starts_at.date()).days
    after = rng.choice((0, 0, 0, 1, 1, 2, 5))
    waits = (
        person in (LEARNER, NURSE) and since < 12
    )  # the newest visits of the two demo people are left for them to finish
    answers_at_all = rng.random() <= (0.85 if person in (LEARNER, NURSE) else 0.58)
    if not answers_at_all or after >= since or waits or activity.depth == SILENCE:
        return Visit(person, channel, minute, None)
    quality = 4.1 + activity.lift
    ratings = tuple(max(1, min(5, round(rng.gauss(quality, 0.8)))) for _ in range(4))
    will_change = rng.random() < 0.62 + activity.lift and activity.depth == PLANS
    claimed = rng.random() < 0.92 or person in (LEARNER, NURSE)
    if not will_change:
        return Visit(person, channel, minute, after, ratings, rng.choice(("maybe", "confirmed", "no")), claimed=claimed)
    own = person in (LEARNER, NURSE)
    silent = own and 45 <= since - after < 58  # a question about one's own plan is open
    answers = tuple("" if silent else _later(rng, activity, since - after, wave, always=own) for wave in (45, 90))
    return Visit(
        person, channel, minute, after, ratings, "yes", rng.choice(corpus.COMMITMENTS[activity.gap]), rng.choices(*BARRIERS)[0], rng.choice(corpus.OVERCOME),
        answers, claimed, rng.choice(PATIENTS_A_WEEK) if rng.random() < 0.5 else None,
    )  # fmt: skip


def _later(rng: random.Random, activity: ActivityPlan, since: int, wave: int, *, always: bool) -> str:
    if since < wave + 3 or (rng.random() > 0.61 and not always):
        return ""
    names = [name for name, _ in FOLLOW_UP_ANSWERS]
    lifted = [weight * (1 + activity.lift if name in ("fully", "partly") else 1) for name, weight in FOLLOW_UP_ANSWERS]
    return rng.choices(names, lifted)[0]
