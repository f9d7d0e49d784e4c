"""Refusals. One shape for web, API, SMS and command line: code, sentence, next step, field."""

from __future__ import annotations

from collections.abc import Iterable

from lifelong.rules.verdict import Reason, Verdict


class Problem(Exception):
    """Something was refused. Carries one or more reasons; nothing was written."""

    status = 422

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reason.sentence for reason in reasons))

    @property
    def code(self) -> str:
        return self.reasons[0].rule

    def as_dict(self) -> dict[str, object]:
        """The machine's form, the same everywhere."""
        first = self.reasons[0]
        return {
            "code": first.rule,
            "sentence": first.sentence,
            "next_step": first.next_step,
            "field": first.field,
            "reasons": [
                {"code": r.rule, "sentence": r.sentence, "next_step": r.next_step, "field": r.field}
                for r in self.reasons
            ],
        }


class NotFound(Problem):
    """The thing does not exist, or the viewer may not know that it does. One answer for both."""

    status = 404

    def __init__(self, what: str = "page") -> None:
        super().__init__(
            Reason(
                "not_found",
                f"There is no such {what} here.",
                "Check the address, or sign in with the account that has access.",
            )
        )


class NotAllowed(Problem):
    """The viewer may see the thing but not do this."""

    status = 403

    def __init__(self, doing: str) -> None:
        super().__init__(
            Reason(
                "not_allowed",
                f"Your role does not include this: {doing}.",
                "Ask the director of your office for the role, or let a colleague do it.",
            )
        )


def problem(code: str, sentence: str, next_step: str, field: str = "") -> Problem:
    return Problem(Reason(code, sentence, next_step, field))


def refuse_unless(verdict: Verdict) -> None:
    """Raise all blocking reasons of a verdict as one problem."""
    if not verdict.holds:
        raise Problem(*verdict.blocking)


def refuse_if_any(reasons: Iterable[Reason]) -> None:
    found = tuple(reasons)
    if found:
        raise Problem(*found)
