"""Who came in a year: profession, affiliation, training and place, each person once. Groups too small to be shown are folded together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from lifelong.kernel.access import Actor, Permission
from lifelong.loop.improvement import kept, reads
from lifelong.loop.improvement.indicators import attendances_of
from lifelong.loop.improvement.measured import fold_small
from lifelong.loop.people.models import Affiliation, Person
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.reads import minimum_group

P = Permission
GROUPS = {
    "physician": "Physicians", "physician_md": "Physicians", "physician_do": "Physicians", "resident": "Physicians", "fellow": "Physicians",
    "nurse": "Nurses", "advanced_practice_nurse": "Nurses", "pharmacist": "Pharmacists", "pharmacy_technician": "Pharmacists",
}  # fmt: skip
OTHERS = "Other practitioners"
TRAINEES = ("student", "resident", "fellow")


@dataclass(frozen=True, slots=True)
class Crossed:
    """A table of people: rows of a label and one count a column. `rows` is empty where nothing may be shown; `total` counts everybody."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    totals: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.totals)


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who came in the year, each person once. `states` (of practice), `licences` (state of licence) and `nations`: name and
    people, small ones folded."""

    learners: int
    by_profession: Crossed
    by_reach: Crossed
    states: tuple[tuple[str, int], ...]
    licences: tuple[tuple[str, int], ...]
    nations: tuple[tuple[str, int], ...]
    least: int


def safe_rows(
    rows: Mapping[str, tuple[int, ...]], least: int, rest: str = "Several together"
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Rows of a table of people in which no cell is 1 to least-1, and none can be had by subtraction from the totals.

    Rows with a small cell are folded together, then the smallest others with them until the fold is safe; if it never is, the answer
    is empty.
    """

    def fine(cells: Iterable[int]) -> bool:
        return all(n == 0 or n >= least for n in cells)

    lines = sorted(
        ((label, cells) for label, cells in rows.items() if sum(cells)), key=lambda line: (-sum(line[1]), line[0])
    )
    shown = [line for line in lines if fine(line[1])]
    folded = [line for line in lines if not fine(line[1])]

    def together() -> tuple[int, ...]:
        return tuple(sum(column) for column in zip(*(cells for _, cells in folded), strict=True))

    while folded and shown and (len(folded) < 2 or not fine(together())):
        folded.append(shown.pop())
    if not folded:
        return tuple(shown)
    if len(folded) < 2 or not fine(together()):
        return ()
    return (*shown, (rest, together()))


def audience(viewer: Actor, provider: AccreditedProvider, year: int) -> Audience:
    """Who came (TUFTS-04, TUFTS-05, UMASS-02, UMASS-12, HMS-43). Raises `BeingCounted` for a large year not counted yet."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "audience")
    return AUDIENCE(provider, year)


def _count(provider: AccreditedProvider, year: int) -> Audience:
    """One grouped query over the people of the year."""
    came = Exists(attendances_of(provider, year).filter(person=OuterRef("pk")))
    ours = Exists(Affiliation.objects.filter(person=OuterRef("pk"), provider=provider, is_affiliated=True))
    grouped = (
        Person.objects.filter(came)
        .annotate(ours=ours)
        .values_list(
            "profile__profession",
            "profile__career_level",
            "profile__state",
            "profile__country",
            "profile__licence_state",
            "ours",
        )
        .annotate(n=Count("pk"))
    )
    bands = list(provider.reach_bands.all())
    labels = {band.key: band.label for band in bands}
    professions: dict[str, list[int]] = {name: [0, 0] for name in ("Physicians", "Nurses", "Pharmacists", OTHERS)}
    places: dict[str, list[int]] = {band.label: [0, 0] for band in bands}
    states: dict[str, int] = defaultdict(int)
    licences: dict[str, int] = defaultdict(int)
    nations: dict[str, int] = defaultdict(int)
    for profession, level, state, nation, licence, is_ours, n in grouped:
        professions[GROUPS.get(profession or "", OTHERS)][0 if is_ours else 1] += n
        band = (
            labels.get(program.reach_of(bands, state or "", nation or ""), "Place not known")
            if nation
            else "Place not known"
        )
        is_trainee = (level or "") in TRAINEES or (profession or "") in TRAINEES
        places.setdefault(band, [0, 0])[0 if is_trainee else 1] += n
        nations[nation or "not known"] += n
        licences[licence or "not known"] += n
        if nation == "US":
            states[state or "not known"] += n
    least = minimum_group()
    return Audience(
        sum(nations.values()),
        _crossed("Learners by profession and affiliation", ("Affiliated", "Other"), professions, least),
        _crossed("Learners by reach and training", ("In training", "In practice"), places, least),
        tuple(fold_small(states, least, "other states")), tuple(fold_small(licences, least, "other states")), tuple(fold_small(nations, least, "other countries")), least,
    )  # fmt: skip


AUDIENCE = kept.register("audience", Audience, _count)


def _crossed(title: str, columns: tuple[str, str], counts: Mapping[str, list[int]], least: int) -> Crossed:
    cells = {label: tuple(row) for label, row in counts.items()}
    order = {label: n for n, label in enumerate(counts)}
    rows = sorted(safe_rows(cells, least), key=lambda row: order.get(row[0], len(order)))
    totals = tuple(sum(row[at] for row in counts.values()) for at in range(len(columns)))
    return Crossed(title, columns, tuple(rows), totals)
