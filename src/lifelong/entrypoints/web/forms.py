"""Where a refusal meets a form: every reason lands beside the field it names, or at the top."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms

from lifelong.kernel.problems import Problem

Answer = TypeVar("Answer")


def apply(form: forms.BaseForm, act: Callable[[], Answer]) -> Answer | None:
    """Run `act` for a valid form. A refusal becomes errors of the form and the answer is None; nothing was written."""
    try:
        return act()
    except Problem as refusal:
        for reason in refusal.reasons:
            field = reason.field if reason.field in form.fields else None
            form.add_error(field, f"{reason.sentence} {reason.next_step}".strip())
        return None
