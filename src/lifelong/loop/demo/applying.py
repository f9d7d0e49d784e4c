"""Applications of departments in the fictional year: one waits, one is approved with a condition that is overdue, one is being written."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel import clock
from lifelong.loop.demo import corpus
from lifelong.loop.demo.closing import Office
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning import actions
from lifelong.loop.planning.models import Activity, Application, ExplainerRead
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Term

BEGUN, WAITS, SENT, DECIDED, OVERDUE = 40, 9, 30, 24, 4  # days ago


def write_applications(provider: AccreditedProvider, today: dt.date, office: Office, applicant: Person) -> None:
    """By the actions of applicant and office; the days they lie back are set afterwards."""
    told = corpus.APPLICATIONS.get(provider.slug, ())
    if not told:
        return
    department = next(grant.organisation for grant in applicant.grants.filter(provider=provider) if grant.organisation)
    actor = actor_of(applicant)
    actions.confirm_explainer(actor, department)
    ExplainerRead.objects.filter(person=applicant, provider=provider).update(read_at=_ago(BEGUN + 1))
    lists = {key: _first(provider, key) for key in ("needs_source", "format")}
    for state, ahead, said in told:
        begun = actions.begin_application(actor, department, **said)
        Application.objects.filter(pk=begun.pk).update(begun_at=_ago(BEGUN))
        if state == "draft":
            continue
        actions.write_application(
            actor, begun, source_kind=lists["needs_source"], format=lists["format"], planned_on=today + dt.timedelta(days=ahead)
        )  # fmt: skip
        actions.submit_application(actor, begun)
        Application.objects.filter(pk=begun.pk).update(submitted_at=_ago(WAITS if state == "waits" else SENT))
        if state == "approved":
            _approve(provider, begun, today, office)


def _approve(provider: AccreditedProvider, sent: Application, today: dt.date, office: Office) -> None:
    """What becomes of it is an activity without a session yet; its one condition was due some days ago."""
    sent.refresh_from_db()
    results = ExpectedResult.objects.filter(provider=provider, retired_on=None).order_by("position")[:1]
    decided = actions.decide_application(
        actor_of(office.director), sent, decision="approve", note="A gap that others have too; go on.", expected_results=results,
        conditions=[(corpus.CONDITION, today)],
    )  # fmt: skip
    decided.conditions.update(due_on=today - dt.timedelta(days=OVERDUE))
    Application.objects.filter(pk=decided.pk).update(decided_at=_ago(DECIDED))
    Activity.objects.filter(application=decided).update(created_at=_ago(DECIDED))


def _first(provider: AccreditedProvider, taxonomy: str) -> str:
    """A key of one of the program's lists; a series is not what departments apply for."""
    keys = (
        Term.objects.filter(provider=provider, taxonomy=taxonomy, retired_on=None)
        .exclude(key="series")
        .order_by("position")
    )
    return str(keys.values_list("key", flat=True)[0])


def _ago(days: int) -> dt.datetime:
    return clock.now() - dt.timedelta(days=days)
