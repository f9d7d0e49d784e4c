"""Where a refusal meets a form: every reason lands beside the field it names, or at the top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django import forms
from django.utils.html import format_html

from lifelong.kernel.problems import Problem

Answer = TypeVar("Answer")


def apply(
    form: forms.BaseForm, act: Callable[[], Answer], *, doors: Mapping[str, tuple[str, str]] | None = None
) -> Answer | None:
    """Run `act` for a valid form. A refusal becomes errors of the form and the answer is None; nothing was written.

    `doors`: rule -> (words, address) of the page where its next step is taken; they follow the sentence as a link.
    """
    try:
        return act()
    except Problem as refusal:
        for reason in refusal.reasons:
            field = reason.field if reason.field in form.fields else None
            said = f"{reason.sentence} {reason.next_step}".strip()
            words, address = (doors or {}).get(reason.rule, ("", ""))
            form.add_error(field, format_html('{} <a href="{}">{}</a>', said, address, words) if address else said)
        return None
