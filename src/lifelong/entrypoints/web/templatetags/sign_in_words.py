"""The login library writes its headings and buttons In Title Case; here they are sentences, like everywhere else."""

from __future__ import annotations

import re

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_KEPT = {"Lifelong", "QR"}
_LATER_WORD = re.compile(r"(?<=[\w.?!)] )[A-Z][a-z-]*[A-Za-z]*|(?<=\w-)[A-Z][a-z]+")


@register.filter(is_safe=True)
def sentence_case(text: str) -> str | SafeString:
    """ "Enter Sign-In Code" becomes "Enter sign-in code". Words after a full stop keep their capital; so do names."""
    found = _LATER_WORD.sub(_lowered, str(text))
    return mark_safe(found) if isinstance(text, SafeString) else found  # only letters changed their case


def _lowered(word: re.Match[str]) -> str:
    said, before = word.group(), word.string[: word.start()].rstrip()[-1:]
    return said if said in _KEPT or before in ".?!" else said.lower()
