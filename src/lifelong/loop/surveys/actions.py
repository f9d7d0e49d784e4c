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
from lifelong.kernel.problems import problem
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import tally
from lifelong.loop.surveys.defaults import default_instruments
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Answer, Instrument, Question, Response
from lifelong.loop.surveys.reads import published

P = Permission
_TABLE = connection.ops.quote_name(Response._meta.db_table)


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
) -> Instrument:
    """Save a form. A draft is replaced; where the newest version is published, the next one begins. Questions as in `defaults`."""
    _refuse_unusable(title, kind, questions)
    newest = Instrument.objects.filter(provider=provider, key=key).order_by("-version").first()
    fields = {"kind": kind, "title": title.strip(), "intro": intro.strip(), "is_anonymous": is_anonymous}
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
    instrument.published_at = clock.now()
    instrument.save(update_fields=["published_at"])
    return instrument


def ensure_default(provider: AccreditedProvider, key: str) -> Instrument:
    """The provider's published form of this key; the product's own where there is none yet. Call inside an action."""
    found = published(provider, key)
    if found is not None:
        return found
    draft = dict(default_instruments()[key])
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
    activity_id: int,
    on: dt.date,
    profession: str = "",
    person_id: int | None = None,
) -> None:
    """Keep one filled form and add it to the sums. Call inside an action. Returns nothing: no one is to know which row it was.

    Row numbers are random too. In order of arrival they would join an anonymous answer to the list of who answered when.
    """
    kept = list(given)
    response = Response(
        id=uuid.uuid4(),
        instrument_id=instrument_id,
        subject_type=subject_type,
        subject_id=subject_id,
        activity_id=activity_id,
        answered_on=on,
        profession=profession,
        person_id=person_id,
    )
    Response.objects.bulk_create([response])
    Answer.objects.bulk_create(
        [
            Answer(
                id=secrets.randbits(62), response=response, question_id=one.question_id, row=one.row, number=one.number,
                choice=one.choice, text=one.text,
            )
            for one in kept
        ]
    )  # fmt: skip
    if connection.vendor == "sqlite":  # SQLite numbers rows behind our back
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {_TABLE} SET rowid = %s WHERE id = %s", [secrets.randbits(62), response.id.hex])  # noqa: S608 -- our own name
    tally.add(activity_id, kept)


def _refuse_unusable(title: str, kind: str, questions: Sequence[Mapping[str, Any]]) -> None:
    if not title.strip():
        raise problem("survey.title", "The form has no title.", "Give it one.", "title")
    if kind not in Instrument.Kind.values:
        raise problem(
            "survey.kind",
            "This kind of form is not known.",
            f"Choose one of {', '.join(Instrument.Kind.values)}.",
            "kind",
        )
    seen: set[str] = set()
    for question in questions:
        key, asks = question["key"], question.get("show_if_key", "")
        if key in seen:
            raise problem("survey.key", f"Two questions are called {key}.", "Give each its own key.", "questions")
        if asks and asks not in seen:
            raise problem(
                "survey.branch",
                f"{key} waits for a question that does not come before it.",
                "Move it behind that question.",
                "questions",
            )
        if question["kind"] not in Question.Kind.values:
            raise problem("survey.kind", f"{key} has an unknown kind.", "Choose a kind from the list.", "questions")
        if question["kind"] not in ("text", "number") and not question.get("options") and not question.get("rows"):
            raise problem(
                "survey.options", f"{key} offers nothing to choose.", "Add at least two options.", "questions"
            )
        seen.add(key)
    if not seen:
        raise problem("survey.empty", "A form needs at least one question.", "Add a question.", "questions")
