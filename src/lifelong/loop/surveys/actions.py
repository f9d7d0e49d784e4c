"""What we do with surveys: write forms in versions, keep answers."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.insert import insert_values
from lifelong.kernel.problems import problem
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import tally
from lifelong.loop.surveys.defaults import default_instruments
from lifelong.loop.surveys.forms import OWN_RECORD, Given
from lifelong.loop.surveys.judging import refuse_unfinished, refuse_unusable
from lifelong.loop.surveys.models import Answer, Instrument, Question, Response
from lifelong.loop.surveys.reads import editable, published

P = Permission
_ID = Response._meta.get_field("id")
RESPONSE = (
    "id", "instrument_id", "subject_type", "subject_id", "activity_id", "answered_on", "profession", "specialty", "is_inside",
    "pseudonym", "person_id",
)  # fmt: skip
ANSWER = ("id", "response_id", "question_id", "row", "number", "choice", "text")


@action(needs=P.EDIT_EVALUATION, audit="instrument.saved")
def save_instrument(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    key: str,
    kind: str,
    title: str,
    questions: Sequence[Mapping[str, Any]],
    intro: str = "",
    is_anonymous: bool = True,
    is_matched: bool = False,
    passing_percent: int | None = None,
    activity_id: int | None = None,
) -> Instrument:
    """Save a form. A draft is replaced; where the newest version is published, the next one begins. Questions as in `defaults`.

    `is_matched`: anonymous answers of one learner are paired by a keyed code. `activity_id`: whose objectives the items name.
    """
    refuse_unusable(title, kind, questions)
    _refuse_promise(kind, is_anonymous=is_anonymous, is_matched=is_matched, passing_percent=passing_percent)
    newest = Instrument.objects.filter(provider=provider, key=key).order_by("-version").first()
    fields = {
        "kind": kind, "title": title.strip(), "intro": intro.strip(), "is_anonymous": is_anonymous, "is_matched": is_matched,
        "passing_percent": passing_percent, "activity_id": activity_id,
    }  # fmt: skip
    if newest is None or newest.published_at is not None:
        version = newest.version + 1 if newest else 1
        row: Instrument = Instrument.objects.create(provider=provider, key=key, version=version, **fields)
    else:
        row = newest
        Instrument.objects.filter(pk=row.pk).update(**fields)
        row.questions.all().delete()
        row.refresh_from_db()
    Question.objects.bulk_create(
        [Question(instrument=row, position=position, **question) for position, question in enumerate(questions)]
    )
    return row


@action(needs=P.EDIT_EVALUATION, audit="instrument.published")
def publish_instrument(actor: Actor, instrument: Instrument) -> Instrument | Unchanged:
    """From now on this version is asked, and never changes again."""
    if instrument.published_at is not None:
        return Unchanged(instrument)
    refuse_unfinished(instrument.kind, editable(instrument))
    instrument.published_at = clock.now()
    instrument.save(update_fields=["published_at"])
    return instrument


def ensure_default(provider: AccreditedProvider, key: str) -> Instrument:
    """The provider's published form of this key; the product's own where there is none yet. Call inside an action."""
    found = published(provider, key)
    if found is not None:
        return found
    draft = dict(default_instruments()[key])
    draft.pop("about", "")
    questions = draft.pop("questions")
    version = Instrument.objects.filter(provider=provider, key=key).count() + 1
    row: Instrument
    row, made = Instrument.objects.get_or_create(
        provider=provider, key=key, version=version, defaults={**draft, "published_at": clock.now()}
    )
    if made:
        Question.objects.bulk_create(
            [Question(instrument=row, position=position, **question) for position, question in enumerate(questions)]
        )
    return row


def keep_response(
    instrument_id: int,
    given: Iterable[Given],
    *,
    subject_type: str,
    subject_id: int,
    activity_id: int | None,
    on: dt.date,
    profession: str = "",
    specialty: str = "",
    is_inside: bool | None = None,
    pseudonym: str = "",
    person_id: int | None = None,
    is_summed: bool = True,
) -> None:
    """Keep one filled form; add it to the sums of its activity. Call inside an action. Returns nothing: no one is to know which row it was.

    `pseudonym` only where the form promised to pair answers, `person_id` only where it said that it keeps the name.
    Row numbers are random too. In order of arrival they would join an anonymous answer to the list of who answered when.
    """
    kept = list(given)
    response_id = _ID.get_db_prep_value(uuid.uuid4(), connection)
    day = connection.ops.adapt_datefield_value(on)
    row = (
        response_id, instrument_id, subject_type, subject_id, activity_id, day, profession, specialty, is_inside, pseudonym, person_id,
    )  # fmt: skip
    if connection.vendor == "sqlite":  # SQLite numbers rows behind our back, so we number them
        insert_values(Response, (*RESPONSE, "rowid"), [(*row, secrets.randbits(62))])
    else:
        insert_values(Response, RESPONSE, [row])
    insert_values(
        Answer,
        ANSWER,
        [
            (secrets.randbits(62), response_id, one.question_id, one.row, one.number, one.choice, one.text)
            for one in kept
        ],
    )
    if activity_id is not None and is_summed:
        tally.add(activity_id, kept)


def _refuse_promise(kind: str, *, is_anonymous: bool, is_matched: bool, passing_percent: int | None) -> None:
    if is_matched and not is_anonymous:
        raise problem(
            "survey.promise",
            "A form with names needs no code to pair its answers.",
            "Choose one promise: no names, a code, or names.",
            "promise",
        )
    if kind == Instrument.Kind.TEST and not is_matched and is_anonymous:
        raise problem(
            "survey.promise",
            "A test without a code cannot compare a learner before and after.",
            "Promise a code that pairs the answers.",
            "promise",
        )
    if kind == Instrument.Kind.SELF and not is_matched:
        raise problem(
            "survey.promise",
            "A self-assessment without a code could not show the learner the answers again.",
            "Promise a code that pairs the answers.",
            "promise",
        )
    if kind in OWN_RECORD and is_anonymous:
        raise problem(
            "survey.promise",
            "This form goes into the learner's own record, so it carries the name; the office sees sums only.",
            "Promise names.",
            "promise",
        )
    if kind == Instrument.Kind.OBSERVER and is_anonymous:
        raise problem(
            "survey.promise",
            "The learner reads a skills checklist, so it carries the name.",
            "Promise names.",
            "promise",
        )
    if passing_percent is not None and not 1 <= passing_percent <= 100:
        raise problem("survey.passing", "The passing percent is not a percent.", "Write 1 to 100.", "passing_percent")
