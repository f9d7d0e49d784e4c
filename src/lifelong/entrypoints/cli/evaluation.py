"""A learner's evaluation, and what became of the plans made in it."""

from __future__ import annotations

from typing import Any

import click

from lifelong.entrypoints.cli.asking import Asking, asks, pairs


@click.group()
def evaluation() -> None:
    """Submit an evaluation and answer a follow-up."""


def own_attendance(ask: Asking, session_id: int | None, attendance_id: int | None = None) -> Any:
    """The person's attendance by its id, of a session, or their newest one."""
    from lifelong.kernel.problems import NotFound
    from lifelong.loop.delivery import reads
    from lifelong.loop.evaluation.reads import own_attendance as by_id

    if attendance_id is not None:
        return by_id(ask.actor, attendance_id)
    if session_id is not None:
        found = reads.attendance_of(ask.person.pk, session_id)
    else:
        found = reads.attendances_of(ask.person.pk).first()
    if found is None:
        raise NotFound("attendance of yours")
    return found


@evaluation.command("form")
@click.option("--session", "session_id", type=int, default=None, help="The newest one attended, if not said.")
@asks(program=False, own=True)
def form(ask: Asking, session_id: int | None) -> None:
    """The questions for a session attended, with their answers to choose from."""
    from lifelong.loop.evaluation.reads import form_of

    attendance = own_attendance(ask, session_id)
    questions: list[dict[str, Any]] = [
        {
            "key": one.key,
            "text": one.text,
            "required": one.is_required,
            "rows": {row.key: row.label for row in one.rows},
            "options": {option.value: option.label for option in one.options},
        }
        for one in form_of(attendance.session.activity).questions
    ]
    lines = []
    for question in questions:
        lines.append(f"{question['key']}{' *' if question['required'] else ''}: {question['text']}")
        lines += [f"    {key}: {label}" for key, label in {**question["rows"], **question["options"]}.items()]
    ask.tell({"session": attendance.session_id, "questions": questions}, "\n".join(lines))


@evaluation.command("submit")
@click.option("--session", "session_id", type=int, default=None, help="The newest one attended, if not said.")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="KEY=VALUE",
    help="An answer; for a question with lines, KEY=VALUE holds for all, KEY.LINE=VALUE for one. Repeat.",
)
@click.option("--plan", default="", help="What will be changed in practice, in own words.")
@click.option("--level", type=click.IntRange(1, 5), default=None, help="How firmly.")
@click.option("--confidence", type=click.IntRange(0, 10), default=None)
@click.option(
    "--barrier",
    "barriers",
    multiple=True,
    metavar="CODE:HOW",
    help="What stands in the way, and how it will be overcome. Repeat.",
)
@asks(program=False, own=True)
def submit(
    ask: Asking,
    session_id: int | None,
    answers: tuple[str, ...],
    plan: str,
    level: int | None,
    confidence: int | None,
    barriers: tuple[str, ...],
) -> None:
    """Evaluate a session attended. Ratings are kept without the name, the plan with it."""
    from lifelong.loop.evaluation.actions import submit as send
    from lifelong.loop.evaluation.reads import form_of

    attendance = own_attendance(ask, session_id)
    given = _answers(form_of(attendance.session.activity), pairs(answers, "=", "an answer such as KEY=VALUE"))
    read = pairs(barriers, ":", "a barrier such as time:HOW")
    plans = (
        [{"text": plan, "level": level, "confidence": confidence,
          "barriers": [{"code": code, "other": "", "how_overcome": how} for code, how in read]}]
        if plan
        else []
    )  # fmt: skip
    send(ask.actor, attendance, answers=given, commitments=plans)
    ask.tell(
        {"session": attendance.session_id, "evaluated": True, "plans": len(plans)},
        f"Thank you. {attendance.session.title} is evaluated"
        + (", and you will be asked what became of your plan." if plans else "."),
    )


def _answers(form: Any, given: list[tuple[str, str]]) -> dict[str, Any]:
    """Answers in the shape the form reads: one value, or one per line of a question with lines."""
    found: dict[str, Any] = {}
    for name, value in given:
        key, _, line = name.partition(".")
        question = form.question(key)
        if question is None or not question.rows:
            found[key] = value
            continue
        rows = [line] if line else [row.key for row in question.rows]
        found.setdefault(key, {}).update(dict.fromkeys(rows, value))
    return found


@evaluation.command("follow-up")
@click.argument("answer", required=False)
@click.option("--question", "question_id", type=int, default=None, help="Which one; the first open one if not said.")
@click.option("--barrier", default="", help="What stood most in the way, by its code.")
@click.option("--text", default="", help="What happened, in own words.")
@asks(program=False, own=True)
def follow_up(ask: Asking, answer: str | None, question_id: int | None, barrier: str, text: str) -> None:
    """What became of one's plans: the open questions, or an ANSWER (fully, partly, not_yet, no_longer, not_applicable)."""
    from lifelong.loop.evaluation import reads
    from lifelong.loop.evaluation.actions import answer_follow_up

    waiting = reads.open_follow_ups(ask.person.pk)
    rows = [
        {"question": one.pk, "days": one.wave, "activity": one.commitment.activity.title, "plan": one.commitment.text}
        for one in waiting
    ]
    if answer is None:
        ask.tell_rows("questions", rows, ("question", "days", "activity", "plan"), "No question is open.")
        return
    chosen = next((one for one in waiting if question_id in (None, one.pk)), None)
    if chosen is None:
        from lifelong.kernel.problems import NotFound

        raise NotFound("open question")
    done: Any = answer_follow_up(ask.actor, chosen, answer=answer, barrier_code=barrier, text=text)
    ask.tell(
        {"question": done.pk, "answer": done.answer},
        f"Answered: “{chosen.commitment.text}” {answer.replace('_', ' ')}.",
    )
