"""The body's answer to a batch: which records it took, which it refused, and why.

PARS's own codes and texts are not published; the failures are MedBiquitous' vocabulary, the raw message is kept beside.
ACCME's one published error body, `{code, message}`, is read as a refusal of the whole document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lifelong.formats.pars.wire import Node, Unreadable, compact, load


class Kind(StrEnum):
    """What a line of the answer is about; `DOCUMENT` is the transmission as a whole."""

    ACTIVITY = "activity"
    COMPLETION = "completion"
    DOCUMENT = "document"


class Outcome(StrEnum):
    """What became of a record."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Failure(StrEnum):
    """Why a record was refused, in the words of the MedBiquitous activity report service (2006)."""

    MISSING = "Missing data"
    INVALID = "Invalid data"
    NO_MATCH = "No match"
    MULTIPLE = "Multiple matches"
    EXISTS = "Report already exists"
    UNSUPPORTED = "Operation not supported"
    UNSPECIFIED = "Unspecified failure"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason of the body: its kind, its own words, and the field it names."""

    failure: Failure
    message: str
    field: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record. `reference` is ours (provider activity ID or credit ID), `body_id` theirs."""

    kind: Kind
    reference: str
    outcome: Outcome
    body_id: str = ""
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one document, lines in the order of its records."""

    lines: tuple[Line, ...]

    @property
    def accepted(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.outcome is Outcome.ACCEPTED)

    @property
    def refused(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.outcome is Outcome.REFUSED)


def parse_answer(data: bytes) -> Answer:
    """Read an answer. A failure of an unknown name is kept as unspecified; raises `Unreadable` for what is no answer."""
    document = load(data)
    if document.has("code"):
        message = document.text("message") or f"code {document.whole('code')}"
        refusal = Refusal(_failure_of(message), message)
        return Answer((Line(Kind.DOCUMENT, "", Outcome.REFUSED, refusals=(refusal,)),))
    if not document.has("answers"):
        raise Unreadable("The answer of the body has neither answers nor an error code.", "answers")
    return Answer(tuple(_read(line) for line in document.nodes("answers")))


def write_answer(answer: Answer) -> bytes:
    """The document that `parse_answer` reads."""
    return json.dumps({"answers": [_line(line) for line in answer.lines]}, ensure_ascii=False, indent=1).encode()


def _read(line: Node) -> Line:
    refusals = tuple(
        Refusal(_failure(each.text("failure")), each.text("message"), each.text("field"), each.text("rule"))
        for each in line.nodes("reasons")
    )
    outcome = line.choice("result", Outcome)
    if outcome is Outcome.REFUSED and not refusals:
        refusals = (Refusal(Failure.UNSPECIFIED, "The body gave no reason."),)
    return Line(line.choice("kind", Kind), line.text("reference"), outcome, line.text("bodyId"), refusals)


def _line(line: Line) -> dict[str, Any]:
    return compact(
        {
            "kind": line.kind.value,
            "reference": line.reference,
            "result": line.outcome.value,
            "bodyId": line.body_id,
            "reasons": [
                compact({"failure": r.failure.value, "message": r.message, "field": r.field, "rule": r.rule})
                for r in line.refusals
            ],
        }
    )


def _failure(name: str) -> Failure:
    return Failure(name) if name in set(Failure) else Failure.UNSPECIFIED


def _failure_of(message: str) -> Failure:
    return Failure.INVALID if message.casefold().startswith("invalid") else Failure.UNSPECIFIED
