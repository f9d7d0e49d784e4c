"""Own words of learners, made fit to be quoted: without names, addresses and numbers, and in no telling order."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(?<!\d)(\+?\d[\d ().-]{7,}\d)(?!\d)")
_TITLED = re.compile(r"\b(?:Dr|Drs|Prof|Mr|Mrs|Ms)\.? +[A-Z][\w'-]+(?: [A-Z][\w'-]+)?")


_WORD = re.compile(r"\w+")


class Names:
    """Full names to leave out, found by their first word: a text asks for the few that could stand in it, not for all."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for name in {name.strip() for name in names if len(name.strip()) > 3}:
            first = _WORD.search(name)
            self._by_first[first[0].lower() if first else ""].append(name)

    def possible(self, text: str) -> list[str]:
        """The names whose first word is in the text, longest first."""
        words = {"", *(word.lower() for word in _WORD.findall(text))}
        return sorted(
            (name for word in words for name in self._by_first.get(word, ())), key=lambda name: (-len(name), name)
        )


def words_of(texts: Iterable[str]) -> set[str]:
    """Every word and every two words in a row, in lower case: what a given or a family name in these texts would be."""
    found: set[str] = set()
    for text in texts:
        places = [match.span() for match in re.finditer(r"[\w'’-]+", text)]
        found.update(text[start:end].lower() for start, end in places)
        found.update(text[start:end].lower() for (start, _), (_, end) in zip(places, places[1:], strict=False))
    return found


def without_names(text: str, names: Iterable[str] | Names = ()) -> str:
    """The text with mail addresses, phone numbers, titled names and the given full names replaced. `Names` for many texts."""
    text = _MAIL.sub("[address]", text)
    text = _PHONE.sub("[number]", text)
    text = _TITLED.sub("[name]", text)
    known = (names if isinstance(names, Names) else Names(names)).possible(text)
    if known:
        text = re.sub("|".join(rf"\b{re.escape(name)}\b" for name in known), "[name]", text, flags=re.IGNORECASE)
    return text


def shuffled(texts: Iterable[str]) -> list[str]:
    """Sorted first, then mixed by a fixed seed: the order says nothing of when or by whom."""
    mixed = sorted(texts)
    random.Random(len(mixed)).shuffle(mixed)
    return mixed
