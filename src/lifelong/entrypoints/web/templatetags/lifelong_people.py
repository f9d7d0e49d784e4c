"""Tags around people: whom a demo installation offers at sign-in, and how relationships are worded."""

from __future__ import annotations

from django import template
from django.conf import settings

from lifelong.loop.integrity.reads import nature_words
from lifelong.loop.people import reads

register = template.Library()


@register.simple_tag
def demo_programs() -> list[tuple[str, list[reads.DemoPerson]]]:
    """The made-up people of a demo, by program; nobody where the installation is not a demo."""
    if not settings.DEMO:
        return []
    programs: dict[str, list[reads.DemoPerson]] = {}
    for one in reads.demo_people():
        programs.setdefault(one.program or "The installation", []).append(one)
    return list(programs.items())


@register.filter
def nature(key: str) -> str:
    """A kind of relationship in words."""
    return nature_words(key)
