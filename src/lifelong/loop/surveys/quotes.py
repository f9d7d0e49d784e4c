"""Own words of learners, made fit to be quoted: without names, addresses and numbers, and in no telling order."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(?<!\d)(\+?\d[\d ().-]{7,}\d)(?!\d)")
_TITLED = re.compile(r"\b(?:Dr|Drs|Prof|Mr|Mrs|Ms)\.? +[A-Z][\w'-]+(?: [A-Z][\w'-]+)?")


def without_names(text: str, names: Iterable[str] = ()) -> str:
    """The text with mail addresses, phone numbers, titled names and the given full names replaced."""
    text = _MAIL.sub("[address]", text)
    text = _PHONE.sub("[number]", text)
    text = _TITLED.sub("[name]", text)
    known = sorted({name.strip() for name in names if len(name.strip()) > 3}, key=len, reverse=True)
    if known:
        text = re.sub("|".join(rf"\b{re.escape(name)}\b" for name in known), "[name]", text, flags=re.IGNORECASE)
    return text


def shuffled(texts: Iterable[str]) -> list[str]:
    """Sorted first, then mixed by a fixed seed: the order says nothing of when or by whom."""
    mixed = sorted(texts)
    random.Random(len(mixed)).shuffle(mixed)
    return mixed
