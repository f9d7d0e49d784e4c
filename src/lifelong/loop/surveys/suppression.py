"""Small groups: which must stay hidden, and with which others, so that no sum gives them away. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Group = tuple[str, str, bool | None]  # profession, specialty, inside


def hidden(counts: Mapping[Key, int], least: int) -> set[Key]:
    """Groups to hide: those of 1 to `least` - 1, and the next smallest ones until the hidden together are at least `least`.

    Without the second step a lone small group would be the total less all the others. Groups of nobody say nothing and stay.
    """
    chosen = {key for key, n in counts.items() if 0 < n < least}
    rest = sorted((key for key, n in counts.items() if n >= least), key=lambda key: (counts[key], str(key)))
    while chosen and rest and sum(counts[key] for key in chosen) < least:
        chosen.add(rest.pop(0))
    return chosen


def in_company(people: Iterable[Group], least: int) -> dict[Group, Group]:
    """What may be kept with an anonymous answer of each group, so that at least `least` of those asked share it.

    Coarsens from the finest: small specialties of a profession become "", then small professions, then inside or outside. A
    pool that would itself be small takes in the next smallest group.
    """
    asked = Counter(people)
    sides = Counter[bool | None]()
    for (_, _, inside), n in asked.items():
        sides[inside] += n
    no_side = bool(hidden(sides, least))
    professions: dict[bool | None, Counter[str]] = defaultdict(Counter)
    specialties: dict[tuple[bool | None, str], Counter[str]] = defaultdict(Counter)
    for (profession, specialty, inside), n in asked.items():
        side = None if no_side else inside
        professions[side][profession] += n
        specialties[side, profession][specialty] += n
    pooled = {side: hidden(counts, least) for side, counts in professions.items()}
    small = {key: hidden(counts, least) for key, counts in specialties.items()}
    kept = {}
    for profession, specialty, inside in asked:
        side = None if no_side else inside
        if profession in pooled[side]:
            kept[profession, specialty, inside] = ("", "", side)
        elif specialty in small[side, profession]:
            kept[profession, specialty, inside] = (profession, "", side)
        else:
            kept[profession, specialty, inside] = (profession, specialty, side)
    return kept
