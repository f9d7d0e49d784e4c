"""What the activities of a year cover, and above all what they leave empty. Grouped queries; nobody is counted here but in groups."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractQuarter, ExtractYear

from lifelong.formats.profile import read_specialties
from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.problems import NotFound
from lifelong.loop.improvement import kept, reads
from lifelong.loop.improvement.indicators import attendances_of, sessions_of
from lifelong.loop.planning.models import Activity, ActivityTerm, AudienceCell, ContentReference, Session
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import AccreditedProvider, Organisation, Term
from lifelong.loop.surveys.reads import minimum_group
from lifelong.rules import mission as rules
from lifelong.rules.verdict import Reason

P = Permission
LISTS = {
    "content_area": "Content areas", "content_domain": "Domains of content", "competency": "Competencies", "theme": "Themes",
    "audience": "Audiences", "format": "Formats",
}  # fmt: skip
ACROSS = {"format": "by format", "change": "by intended change", "quarter": "by quarter", "department": "by department"}
CHANGES = {"knowledge": "Knowledge", "competence": "Competence", "performance": "Performance", "patient_outcomes": "Patient outcomes"}  # fmt: skip
PHARMACY = ("pharmacist", "pharmacists", "pharmacy_technician", "pharmacy_technicians")
REFERENCES = (*((str(kind.value), str(kind.label)) for kind in ContentReference.Kind), ("none", "Nothing cited"))
COLUMNS = 6
YEARS = 5


@dataclass(frozen=True, slots=True)
class Matrix:
    """Entries of a list against the columns asked for: `counts[row][column]` activities; `totals` counts each activity once a row."""

    key: str
    title: str
    rows: tuple[tuple[str, str], ...]  # key, label
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    totals: tuple[int, ...]
    unused: tuple[str, ...] = ()  # columns that no activity of the year has
    listed: int = 0  # entries of the list, where only those in use are rows

    @property
    def empty(self) -> tuple[str, ...]:
        """Entries that no activity of the year covers."""
        return tuple(label for (_, label), total in zip(self.rows, self.totals, strict=True) if not total)


def held_in(provider: AccreditedProvider, year: int) -> QuerySet[Activity]:
    """Activities with a session in the year that was not cancelled."""
    return Activity.objects.filter(pk__in=sessions_of(provider, year).values("activity"))


def shared() -> dict[str, str]:
    """The lists all programs share, as `LISTS` names the program's own."""
    return {one.key: one.label for one in program.shared_lists()}


def matrices(
    viewer: Actor, provider: AccreditedProvider, year: int, across: str = "format", *, own: bool = True
) -> tuple[Matrix, ...]:
    """One matrix a list: the program's own (formats only against other columns), else those all programs share and the evidence cited.

    Raises `BeingCounted` for a large year not counted yet.
    """
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    return MATRICES[across if across in ACROSS else "format", own](provider, year)


def _matrices(provider: AccreditedProvider, year: int, across: str, own: bool) -> tuple[Matrix, ...]:
    """At most seven queries, whatever the size of the year."""
    lists = LISTS if own else shared()
    held = held_in(provider, year)
    names = _columns(provider, held, across)
    terms: dict[str, list[Term]] = defaultdict(list)
    for term in Term.objects.filter(provider=provider, taxonomy__in=lists, retired_on=None):
        terms[term.taxonomy].append(term)
    cells, totals = _term_cells(held, across)
    if not own:
        lists = lists | {"reference": "Evidence cited"}
        _reference_cells(held, across, cells, totals)
    used = {column for counts in map(_folded(names), cells.values()) for column, n in counts.items() if n}
    unused = tuple(name for column, name in names.items() if used and column not in used and column != "other")
    # a column that nobody uses says the same in every row: it stands in words, so that the others have room
    names = {column: name for column, name in names.items() if column in used} or names
    found = []
    for taxonomy, title in lists.items():
        rows = REFERENCES if taxonomy == "reference" else tuple((term.key, term.label) for term in terms[taxonomy])
        if not rows or (taxonomy == "format" and across == "format"):
            continue
        counted = [cells[taxonomy, key] for key, _ in rows]
        found.append(
            Matrix(
                taxonomy, title, rows, tuple(names.values()), tuple(tuple(row[column] for column in names) for row in map(_folded(names), counted)),
                tuple(totals[taxonomy, key] for key, _ in rows), unused,
            )
        )  # fmt: skip
    return tuple(found)


MATRICES = {
    (across, own): kept.register(
        f"coverage/{'own' if own else 'shared'}/{across}",
        tuple[Matrix, ...],
        partial(_matrices, across=across, own=own),
    )
    for across in ACROSS
    for own in (True, False)
}


def _folded(names: dict[str, str]) -> Any:
    """Counts of columns that have no place of their own go to the last one, "other"."""

    def fold(counts: dict[str, int]) -> dict[str, int]:
        shown: dict[str, int] = defaultdict(int)
        for column, n in counts.items():
            shown[column if column in names else "other"] += n
        return shown

    return fold


def _column(across: str, prefix: str = "") -> Any:
    if across == "quarter":
        return ExtractQuarter(f"{prefix}starts_on")
    return F(prefix + {"format": "format", "change": "intended_change", "department": "organisation"}[across])


def _columns(provider: AccreditedProvider, held: QuerySet[Activity], across: str) -> dict[str, str]:
    """Column key -> its name, in the order of the list; formats and changes without an activity stay visible."""
    if across == "quarter":
        return {str(n): f"Quarter {n}" for n in range(1, 5)} | {"other": "no day"}
    if across == "change":
        return CHANGES | {"other": "not said"}
    if across == "format":
        terms = Term.objects.filter(provider=provider, taxonomy="format", retired_on=None)
        used = sorted(set(held.order_by().values_list("format", flat=True).distinct()) - {""})
        listed = {term.key: term.label for term in terms}
        # a format that the list no longer holds keeps its own column, under its key
        return (
            listed
            | {key: key.replace("_", " ").capitalize() for key in used if key not in listed}
            | {"other": "others"}
        )
    most = held.exclude(organisation=None).values("organisation").annotate(n=Count("pk")).order_by("-n", "organisation")
    keys = [row["organisation"] for row in most[: COLUMNS - 1]]
    labels = Organisation.objects.in_bulk(keys)
    return {str(key): labels[key].name.removeprefix("Department of ") for key in keys} | {"other": "others"}


def _term_cells(
    held: QuerySet[Activity], across: str
) -> tuple[dict[tuple[str, str], dict[str, int]], dict[tuple[str, str], int]]:
    """Activities per (taxonomy, term) and column, and per (taxonomy, term); a format is a field of the activity, not a term."""
    cells: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    totals: dict[tuple[str, str], int] = defaultdict(int)
    ids = held.values("pk")
    rows = ActivityTerm.objects.filter(activity__in=ids).annotate(column=_column(across, "activity__"))
    for taxonomy, key, at, n in rows.values_list("term__taxonomy", "term__key", "column").annotate(
        n=Count("activity", distinct=True)
    ):
        name = str(at) if at else "other"
        cells[taxonomy, key][name] = cells[taxonomy, key].get(name, 0) + n
        totals[taxonomy, key] += n
    for key, at, n in held.annotate(column=_column(across)).values_list("format", "column").annotate(n=Count("pk")):
        name = str(at) if at else "other"
        cells["format", key][name] = cells["format", key].get(name, 0) + n
        totals["format", key] += n
    return cells, totals


def _reference_cells(held: QuerySet[Activity], across: str, cells: dict[Any, Any], totals: dict[Any, int]) -> None:
    """Activities by the kind of evidence they cite, and those that cite none."""
    cited = ContentReference.objects.filter(activity__in=held.values("pk")).annotate(
        column=_column(across, "activity__")
    )
    counted = list(cited.order_by().values_list("kind", "column").annotate(n=Count("activity", distinct=True)))
    without = held.filter(references=None).annotate(column=_column(across)).order_by()
    counted += [("none", at, n) for at, n in without.values_list("column").annotate(n=Count("pk", distinct=True))]
    for kind, at, n in counted:
        name = str(at) if at else "other"
        cells["reference", kind][name] = cells["reference", kind].get(name, 0) + n
        totals["reference", kind] += n


def carried(provider: AccreditedProvider, year: int) -> frozenset[tuple[str, str]]:
    """(list, key) of everything that some activity of the year carries; formats among them."""
    return frozenset(CARRIED(provider, year))


def _carried(provider: AccreditedProvider, year: int) -> tuple[tuple[str, str], ...]:
    held = held_in(provider, year)
    rows = ActivityTerm.objects.filter(activity__in=held.values("pk")).order_by()
    formats = {("format", key) for key in held.order_by().values_list("format", flat=True).distinct()}
    return tuple(sorted({*rows.values_list("term__taxonomy", "term__key").distinct(), *formats}))


CARRIED = kept.register("coverage/carried", tuple[tuple[str, str], ...], _carried)


def specialties_by_profession(viewer: Actor, provider: AccreditedProvider, year: int) -> Matrix | None:
    """For how many activities of the year a specialty is meant in each profession (HMS-31); None where no activity names one."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    return CROSSED(provider, year)


def _specialties_by_profession(provider: AccreditedProvider, year: int) -> Matrix | None:
    ids = held_in(provider, year).values("pk")
    named: dict[int, dict[str, list[Term]]] = defaultdict(lambda: {"audience": [], "specialty": []})
    links = ActivityTerm.objects.filter(activity__in=ids, term__taxonomy__in=("audience", "specialty"))
    for link in links.select_related("term"):
        named[link.activity_id][link.term.taxonomy].append(link.term)
    chosen: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for cell in AudienceCell.objects.filter(activity__in=ids):
        chosen[cell.activity_id].add((cell.profession_id, cell.specialty_id))
    counts: dict[tuple[str, str], int] = defaultdict(int)
    reached: dict[str, Term] = {}
    totals: dict[str, int] = defaultdict(int)
    for activity_id, terms in named.items():
        every = [(row, column) for row in terms["audience"] for column in terms["specialty"]]
        meant = [pair for pair in every if (pair[0].pk, pair[1].pk) in chosen[activity_id]] or every
        for row, column in meant:
            counts[row.key, column.key] += 1
            reached[column.key] = column
        for key in {column.key for _, column in meant}:
            totals[key] += 1
    if not counts:
        return None
    rows = sorted(reached.values(), key=lambda term: term.position)
    columns = tuple(Term.objects.filter(provider=provider, taxonomy="audience", retired_on=None))
    return Matrix(
        "specialty_profession", "Specialties by professions", tuple((term.key, term.label) for term in rows),
        tuple(term.label for term in columns), tuple(tuple(counts[column.key, row.key] for column in columns) for row in rows),
        tuple(totals[row.key] for row in rows),
        tuple(term.label for term in columns if not any(counts[term.key, row.key] for row in rows)),
        Term.objects.filter(provider=provider, taxonomy="specialty", retired_on=None).count(),
    )  # fmt: skip


CROSSED = kept.register("coverage/specialty_profession", Matrix | None, _specialties_by_profession)

# --- the five core competencies


@lru_cache(maxsize=1)
def _readings() -> dict[str, Any]:
    return tomllib.loads(files("lifelong.loop.improvement").joinpath("coverage.toml").read_text("utf-8"))


IOM_ROWS = {
    "own": "Named by the activity",
    "competency": "Through its competency",
    "theme": "Through its theme",
    "content_area": "Through its content area",
    "all": "Activities, once each",
}


def iom(viewer: Actor, provider: AccreditedProvider, year: int) -> Matrix | None:
    """The program against the five core competencies (TUFTS-14); None where its profile does not name them."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    return IOM(provider, year)


def _iom(provider: AccreditedProvider, year: int) -> Matrix | None:
    """One query for all cells."""
    named = list(Term.objects.filter(provider=provider, taxonomy="iom", retired_on=None))
    if not named:
        return None
    means: dict[str, dict[str, list[str]]] = _readings()["iom"]
    wanted: dict[str, Q] = {}
    for term in named:
        ways = {"own": Q(term__taxonomy="iom", term__key=term.key)}
        for taxonomy, reading in means.items():
            keys = [key for key, served in reading.items() if term.key in served]
            ways[taxonomy] = Q(term__taxonomy=taxonomy, term__key__in=keys)
        every = Q()
        for way, condition in ways.items():
            wanted[f"{term.pk}_{way}"] = condition
            every |= condition
        wanted[f"{term.pk}_all"] = every
    rows = ActivityTerm.objects.filter(activity__in=held_in(provider, year).values("pk"))
    sums = rows.aggregate(
        **{f"n{key}": Count("activity", distinct=True, filter=condition) for key, condition in wanted.items()}
    )
    counts = tuple(tuple(sums[f"n{term.pk}_{way}"] for term in named) for way in IOM_ROWS)
    return Matrix("iom", "The five core competencies", tuple(IOM_ROWS.items()), tuple(term.label for term in named), counts, tuple(map(sum, counts)))  # fmt: skip


IOM = kept.register("coverage/iom", Matrix | None, _iom)

# --- specialties, medical and surgical


@dataclass(frozen=True, slots=True)
class Specialties:
    """Which specialties the activities of the year reached, through those who came. `lines`: label, group, activities (None: fewer
    people than may be shown); `empty`: specialties of the shared list that nobody of came; `unknown`: words the list does not hold."""

    lines: tuple[tuple[str, str, int | None], ...]
    groups: tuple[tuple[str, int], ...]
    empty: tuple[str, ...]
    unknown: tuple[str, ...]


def specialties(viewer: Actor, provider: AccreditedProvider, year: int) -> Specialties:
    """HMS-17 and WASHU-09."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    return SPECIALTIES(provider, year)


def _count_specialties(provider: AccreditedProvider, year: int) -> Specialties:
    """Two grouped queries."""
    listed, group_of, by_word = _specialties()
    came = attendances_of(provider, year).exclude(person__profile__specialty="").filter(person__profile__isnull=False)
    grouped = came.values_list("person__profile__specialty").annotate(
        n=Count("session__activity", distinct=True), people=Count("person", distinct=True)
    )
    told: dict[str, tuple[int, int]] = {}
    unknown: list[str] = []
    words: dict[str, list[str]] = defaultdict(list)
    for word, n, people in grouped:
        key = by_word.get(word.casefold().strip(), "")
        if not key:
            unknown += [word] if people >= minimum_group() else []
            continue
        known = told.get(key, (0, 0))
        told[key] = (max(known[0], n), known[1] + people)
        words[group_of[key]].append(word)
    split = came.aggregate(
        **{group: Count("session__activity", distinct=True, filter=Q(person__profile__specialty__in=words[group])) for group in ("medical", "surgical", "other")}
    )  # fmt: skip
    lines = [
        (listed[key], group_of[key], n if people >= minimum_group() else None) for key, (n, people) in told.items()
    ]
    parents = [key for key, label in listed.items() if key in group_of and key not in told and key in _top()]
    return Specialties(
        tuple(sorted(lines, key=lambda line: (-(line[2] or 0), line[0]))), tuple(split.items()),
        tuple(listed[key] for key in parents), tuple(sorted(unknown)),
    )  # fmt: skip


SPECIALTIES = kept.register("coverage/specialties", Specialties, _count_specialties)


@lru_cache(maxsize=1)
def _terms() -> tuple[Any, ...]:
    data = files("lifelong.loop.program").joinpath("profiles", "shared", "specialties.toml").read_bytes()
    return read_specialties(data, "specialties.toml")


def _top() -> frozenset[str]:
    return frozenset(term.key for term in _terms() if not term.parent)


def _specialties() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Labels by key, the group (medical, surgical, other) by key, and keys by what people type."""
    labels = {term.key: term.label for term in _terms()}
    groups = {term.key: term.standard for term in _terms() if not term.parent}
    groups |= {term.key: groups[term.parent] for term in _terms() if term.parent}
    words = {label.casefold(): key for key, label in labels.items()} | {key: key for key in labels}
    words |= {word: key for word, key in _readings()["specialty"].items() if key in labels}
    return labels, groups, words


# --- methods, interprofessional education, pharmacy


@dataclass(frozen=True, slots=True)
class Shares:
    """`methods`: kind of session, activities that use it. `years`: year, activities, interprofessional ones, pharmacy ones,
    pharmacy ones that are interprofessional. `pharmacy_formats`: format, activities."""

    activities: int
    methods: tuple[tuple[str, int], ...]
    years: tuple[tuple[int, int, int, int, int], ...]
    pharmacy_formats: tuple[tuple[str, int], ...]
    rule: tuple[Reason, ...]  # R-IPCE-2
    rule_basis: str


def shares(viewer: Actor, provider: AccreditedProvider, year: int) -> Shares:
    """Methods of engagement (TUFTS-44), the interprofessional share with its trend (HMS-06, TUFTS-59), pharmacy (TUFTS-61)."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    return SHARES(provider, year)


def _shares(provider: AccreditedProvider, year: int) -> Shares:
    held = held_in(provider, year)
    kinds = dict(
        sessions_of(provider, year).order_by().values_list("kind").annotate(n=Count("activity", distinct=True))
    )
    for_pharmacy = Exists(
        ActivityTerm.objects.filter(activity=OuterRef("activity"), term__taxonomy="audience", term__key__in=PHARMACY)
    )
    zone = ZoneInfo(provider.time_zone)
    recent = Session.objects.filter(activity__provider=provider, cancelled_at=None).annotate(
        year=ExtractYear("starts_at", tzinfo=zone), pharmacy=for_pharmacy
    )
    inter = Q(activity__is_interprofessional=True)
    sums: Any = {
        "all": Count("activity", distinct=True),
        "inter": Count("activity", distinct=True, filter=inter),
        "pharm": Count("activity", distinct=True, filter=Q(pharmacy=True)),
        "both": Count("activity", distinct=True, filter=inter & Q(pharmacy=True)),
    }
    rows = recent.filter(year__gt=year - YEARS, year__lte=year).order_by().values("year").annotate(**sums)
    formats = {term.key: term.label for term in Term.objects.filter(provider=provider, taxonomy="format")}
    pharmacy = held.filter(activity_terms__term__taxonomy="audience", activity_terms__term__key__in=PHARMACY)
    by_format = pharmacy.order_by().values_list("format").annotate(n=Count("pk", distinct=True))
    reasons, basis = _interprofessional_rule(provider)
    return Shares(
        held.count(), tuple((str(kind.label), kinds.get(kind.value, 0)) for kind in Session.Kind),
        tuple(sorted((row["year"], row["all"], row["inter"], row["pharm"], row["both"]) for row in rows)),
        tuple((formats.get(key, key.replace("_", " ")), n) for key, n in by_format), reasons, basis,
    )  # fmt: skip


SHARES = kept.register("coverage/shares", Shares, _shares)


def _interprofessional_rule(provider: AccreditedProvider) -> tuple[tuple[Reason, ...], str]:
    """R-IPCE-2 for jointly accredited programs; for others the share is information."""
    since = rules.share_counts_from(clock.today(provider.time_zone))
    planned = Activity.objects.filter(provider=provider, created_at__date__gte=since)
    sums = planned.aggregate(n=Count("pk"), inter=Count("pk", filter=Q(is_interprofessional=True)))
    facts = rules.ShareFacts(interprofessional=sums["inter"], all_activities=sums["n"])
    basis = f"{sums['inter']:,} of {sums['n']:,} activities planned since {since:%-d %B %Y} are interprofessional"
    if not provider.accreditations.filter(kind="joint").exists():
        return (), basis
    return rules.interprofessional_share_reached(facts).reasons, basis


# --- down to activities


def marks_of() -> list[dict[str, Any]]:
    """The shares the program is asked for, as `coverage.toml` reads them."""
    found: list[dict[str, Any]] = _readings()["mark"]
    return found


def carries(provider: AccreditedProvider, mark: dict[str, Any]) -> Q:
    """Which activities carry a mark: one of its terms, or evidence of one of its kinds."""
    named = Q()
    for taxonomy, keys in mark.get("terms", {}).items():
        named |= Q(term__taxonomy=taxonomy, term__key__in=keys)
    found = (
        Q(pk__in=ActivityTerm.objects.filter(named, activity__provider=provider).values("activity")) if named else Q()
    )
    if kinds := mark.get("references"):
        found |= Q(
            pk__in=ContentReference.objects.filter(kind__in=kinds, activity__provider=provider).values("activity")
        )
    return found


def behind(
    viewer: Actor, provider: AccreditedProvider, year: int, taxonomy: str, key: str, limit: int = 200
) -> tuple[str, list[Activity]]:
    """The entry's label and the activities of the year that carry it, by number. Besides the lists there are `mark` and `reference`."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    label, condition = _entry(provider, taxonomy, key)
    return label, list(held_in(provider, year).filter(condition).distinct().order_by("number")[:limit])


def _entry(provider: AccreditedProvider, taxonomy: str, key: str) -> tuple[str, Q]:
    if taxonomy == "mark":
        mark = next((one for one in marks_of() if one["key"] == key), None)
        if mark is not None:
            return mark["label"], carries(provider, mark)
    elif taxonomy == "reference" and key in dict(REFERENCES):
        cites = Q(references=None) if key == "none" else Q(references__kind=key)
        return dict(REFERENCES)[key], cites
    elif term := Term.objects.filter(provider=provider, taxonomy=taxonomy, key=key).first():
        return term.label, Q(format=key) if taxonomy == "format" else Q(activity_terms__term=term)
    raise NotFound("entry of this list")
