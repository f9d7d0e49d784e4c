"""A program's year arranged row by row: activities, people who come, plans they make and what becomes of them."""

from __future__ import annotations

import datetime as dt

from cast import Cast
from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import Commitment, EvaluationDone, FollowUp
from lifelong.loop.needs.models import Measure, MeasureImport, MeasurePlace, MeasurePoint
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.people.models import LearnerProfile, Person
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult

YEAR = 2026


class Year:
    """Writes what a test needs, in the home program unless told otherwise."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.number = 0

    def result(
        self, indicator: str, unit: str = "percent", target: float = 50, provider: AccreditedProvider | None = None
    ) -> ExpectedResult:
        home = provider or self.cast.home
        return ExpectedResult.objects.create(
            provider=home, key=indicator, kind="performance", label=f"Better by {indicator}", position=1, indicator=indicator,
            indicator_label="answers that report a change", unit=unit, target=target,
        )  # fmt: skip

    def only(self, *indicators: str) -> list[ExpectedResult]:
        """The home program expects these and nothing else."""
        ExpectedResult.objects.filter(provider=self.cast.home).delete()
        return [self.result(indicator) for indicator in indicators]

    def activity(self, title: str = "Sepsis workshop", on: dt.date = dt.date(YEAR, 3, 3), **facts: object) -> Activity:
        self.number += 1
        facts.setdefault("provider", self.cast.home)
        row = Activity.objects.create(
            number=self.number, title=title, sort_title=title.lower(), format="live_course", time_zone="America/New_York", starts_on=on,
            ends_on=on, created_at=clock.now(), published_at=clock.now(), **facts,
        )  # fmt: skip
        noon = dt.datetime.combine(on, dt.time(17), tzinfo=dt.UTC)
        Session.objects.create(
            activity=row, number=1, title=title, starts_at=noon, ends_at=noon + dt.timedelta(hours=1)
        )
        return row

    def people(self, count: int, prefix: str = "guest", country: str = "US") -> list[Person]:
        rows = [
            Person(
                email=f"{prefix}{n}@example.org",
                given_name=prefix.title(),
                family_name=f"Example{n}",
                created_at=clock.now(),
            )
            for n in range(count)
        ]
        known = list(Person.objects.filter(email__in=[row.email for row in rows]))
        if known:
            return known
        Person.objects.bulk_create(rows)
        LearnerProfile.objects.bulk_create(
            [LearnerProfile(person=row, profession="physician", country=country) for row in rows]
        )
        return rows

    def attended(
        self, activity: Activity, people: list[Person], planned: int = 0, evaluated: int | None = None
    ) -> None:
        """They came; the first `evaluated` (all if not said) evaluated, the first `planned` named a plan."""
        session = activity.sessions.get()
        for n, person in enumerate(people):
            mark = Attendance.objects.create(
                session=session,
                person=person,
                recorded_at=session.starts_at,
                channel="phone",
                evidence="text_code",
                profession="physician",
            )
            if n < (len(people) if evaluated is None else evaluated):
                EvaluationDone.objects.create(attendance=mark, done_on=activity.starts_on)
            if n < planned:
                Commitment.objects.create(
                    activity=activity,
                    session=session,
                    person=person,
                    text="Lactate within the hour",
                    committed_on=activity.starts_on,
                )

    def followed(
        self, activity: Activity, answers: list[str], prefix: str = "guest", wave: int = 90, words: str = ""
    ) -> list[FollowUp]:
        """One plan a person, asked once; "" is silence."""
        people = self.people(len(answers), f"{prefix}{activity.number}x")
        rows = []
        for person, answer in zip(people, answers, strict=True):
            plan, _ = Commitment.objects.get_or_create(
                activity=activity, session=activity.sessions.get(), person=person, position=1,
                defaults={"text": "Lactate within the hour", "committed_on": activity.starts_on},
            )  # fmt: skip
            rows.append(
                FollowUp.objects.create(
                    commitment=plan, wave=wave, due_on=activity.starts_on + dt.timedelta(days=wave), asked_at=clock.now(),
                    answered_at=clock.now() if answer else None, answer=answer, text=words if answer else "",
                )
            )  # fmt: skip
        return rows

    def measured(
        self, activity: Activity, before: float, after: float | None, *, level: str = "5", higher: bool | None = True, public: bool = True,
        key: str = "SEP_1",
    ) -> OutcomeMeasure:  # fmt: skip
        provider = activity.provider
        source, _ = MeasureImport.objects.get_or_create(
            provider=provider,
            sha256="a" * 64,
            defaults={"filename": "f.csv", "layout": "own", "imported_at": clock.now()},
        )
        measure, _ = Measure.objects.get_or_create(
            provider=provider,
            key=key,
            defaults={"title": key, "unit": "percent", "higher_is_better": higher, "is_public": public},
        )
        place, _ = MeasurePlace.objects.get_or_create(
            provider=provider,
            kind="hospital",
            code=f"22{activity.number:04d}",
            defaults={"name": f"Hospital {activity.number}"},
        )

        def point(release: str, value: float, start: dt.date, end: dt.date) -> MeasurePoint:
            return MeasurePoint.objects.create(
                provider=provider, measure=measure, place=place, release=release, value=value, period_start=start, period_end=end,
                denominator=120, source=source,
            )  # fmt: skip

        first = point("2025-07", before, dt.date(2024, 7, 1), dt.date(2025, 6, 30))
        later = None if after is None else point("2026-10", after, dt.date(2026, 4, 1), dt.date(2026, 9, 30))
        return OutcomeMeasure.objects.create(
            activity=activity, measure=measure, place=place, label=f"{key} {activity.number}", moore_level=level, is_objective=True,
            baseline=first, result=later, added_at=clock.now(),
        )  # fmt: skip
