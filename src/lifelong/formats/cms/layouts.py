"""Which published layout a header belongs to. Column names changed over the years; a role gathers all the names of one thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lifelong.formats.cms.records import Layout
from lifelong.rules.verdict import Reason

ROLES: dict[str, tuple[str, ...]] = {
    "ccn": ("facility id", "provider id", "provider number"),
    "name": ("facility name", "hospital name"),
    "state": ("state",),
    "city": ("city", "city/town"),
    "zip": ("zip code", "zip"),
    "address": ("address", "address 1"),
    "county": ("county", "county name", "county/parish"),
    "type": ("hospital type",),
    "ownership": ("hospital ownership",),
    "emergency": ("emergency services",),
    "rating": ("hospital overall rating",),
    "measure": ("measure id", "hcahps measure id", "measure code"),
    "label": ("measure name", "measure"),
    "condition": ("condition",),
    "value": (
        "score",
        "hcahps answer percent",
        "state average",
        "national rate",
        "rate",
        "national mortality/readmission rate",
    ),
    "star": ("patient survey star rating",),
    "linear": ("hcahps linear mean value",),
    "denominator": (
        "denominator",
        "sample",
        "number of completed surveys",
        "number of discharges",
        "number of patients",
    ),
    "low": ("lower estimate", "lower confidence limit"),
    "high": ("higher estimate", "upper confidence limit"),
    "footnote": ("footnote", "hcahps answer percent footnote"),
    "start": ("start date", "measure start date"),
    "end": ("end date", "measure end date"),
    "ratio": ("excess readmission ratio",),
    "predicted": ("predicted readmission rate",),
    "expected": ("expected readmission rate",),
    "worse": ("number of hospitals worse",),
    "same": ("number of hospitals same",),
    "better": ("number of hospitals better",),
    "too_few": ("number of hospitals too few",),
    "fewer": ("number of hospitals fewer",),
    "average": ("number of hospitals average",),
    "more": ("number of hospitals more",),
    "too_small": ("number of hospitals too small",),
    "fiscal_year": ("fiscal year",),
    "report_date": ("report date",),
}
ROLE_OF = {name: role for role, names in ROLES.items() for name in names}
EXPECTED = (
    "a CMS hospital list, a Timely and Effective Care, Complications and Deaths, Unplanned Visits, Infections, HCAHPS, imaging or maternal "
    "table (hospital, state or national), a value-based purchasing or readmissions file, a Measure_Dates table, or the 2018-2023 panel"
)


def plain(name: str) -> str:
    """A column name as the role table writes it: lower case, single blanks, no underscore, no byte-order mark."""
    return " ".join(name.replace("\ufeff", "").replace("_", " ").split()).lower()


def recognise(header: Sequence[str], filename: str) -> Layout | None:
    """The layout of this header, or None for a file that is not one of ours (`why_unknown` says what was expected).

    The header decides; `filename` only settles which of two tables with the same columns it is.
    """
    names = [plain(name) for name in header]
    columns: dict[str, int] = {}
    for position, name in enumerate(names):
        if role := ROLE_OF.get(name):
            columns.setdefault(role, position)
    has = columns.keys()
    kind = _kind(names, has, filename)
    if kind is None:
        return None
    return Layout(kind=kind[0], title=kind[1], columns=columns, header=tuple(header))  # type: ignore[arg-type]  # _kind returns the literals


def _kind(names: list[str], has: object, filename: str) -> tuple[str, str] | None:
    roles = set(has)  # type: ignore[call-overload]
    if {"report_date", "ccn"} <= roles:
        return "panel", "Care Compare panel, one line per hospital and release"
    if "ccn" in roles and sum(name.endswith((" den", " den vol", " den pred")) for name in names) > 2:
        return "panel", "input of the star rating, one line per hospital"
    if {"label", "start", "end"} <= roles and any(name.endswith("start quarter") for name in names):
        return "measure_dates", "windows of the measures of a release"
    if {"ratio", "ccn", "label"} <= roles:
        return "readmission", "readmissions reduction program"
    if "ccn" in roles and sum(name.endswith("performance rate") for name in names):
        return "purchasing", "value-based purchasing, baseline and performance"
    if "ccn" in roles and any(name.startswith("hospital 30-day") for name in names):
        return "outcome_wide", "outcome of care measures, one line per hospital"
    if {"worse", "same", "better", "too_few"} <= roles and roles & {"measure", "label"}:
        return "counts", "hospitals by comparison with the national rate"
    if {"ccn", "name", "type", "state"} <= roles:
        return "hospitals", "hospital list"
    if roles & {"value", "linear"} and roles & {"measure", "label"}:
        return "long", "one line per place and measure"
    return None


def why_unknown(header: Sequence[str], filename: str) -> Reason:
    """The sentence for a file nobody recognised."""
    shown = ", ".join(repr(plain(name)[:30]) for name in header[:5]) or "no columns"
    return Reason(
        rule="cms.unknown_layout",
        sentence=f"{filename[-80:] or 'This file'} is not a quality-measure file we can read: its columns begin {shown}.",
        next_step=f"Upload {EXPECTED}; or use a table of your own with the columns named on the import page.",
        field="file",
    )


def release_of(filename: str) -> str:
    """yyyy-mm of publication where the path says it (release_2024-07/..., hvbp_imm2_02_18_2016.csv), else an empty string."""
    if match := re.search(r"(?<!\d)(20\d{2})[-_](0[1-9]|1[0-2])(?!\d)", filename):
        return f"{match[1]}-{match[2]}"
    if match := re.search(r"(?<!\d)(0[1-9]|1[0-2])_[0-3]\d_(20\d{2})(?!\d)", filename):
        return f"{match[2]}-{match[1]}"
    return ""
