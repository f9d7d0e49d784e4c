"""One cell of a CMS file: numbers, dates, identifiers, and the many ways of saying "not reported"."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache

WITHHELD = frozenset(
    {
        "",
        "-",
        "na",
        "n/a",
        "nan",
        "not available",
        "not applicable",
        "too few to report",
        "too few cases",
        "number of cases too small",
        "no data are available from the hospital for this measure",
        "no cases met the criteria for this measure",
        "the number of cases/patients is too few to report",
    }
)
# Words a file prints where a figure stands elsewhere (bands, ranks): reported, but no number.
BANDS = ("low (", "medium (", "high (", "very high", "between ", "fewer than", "or more", "not applicable (")
BAND_WORDS = frozenset({"low", "medium", "high", "yes", "no"})
MONTHS = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
CCN = re.compile(r"[0-9]{2}[0-9A-Z][0-9A-Z][0-9]{1}[0-9A-Z]")
STATE = re.compile(r"[A-Z]{2}")


class NotANumber(ValueError):
    """The cell holds text that is neither a figure nor a known way of saying there is none."""


def number(text: str) -> float | None:
    """A figure, or None where it was withheld. Percent signs and thousands commas are taken off. Raises NotANumber."""
    try:
        value = float(text)
    except ValueError:
        return _odd_number(text)
    if "_" in text or not text.isascii():  # float() takes "1_000" and other scripts' digits; no publisher prints them
        raise NotANumber(text)
    if math.isfinite(value):
        return value
    if text.strip().lower() == "nan":
        return None
    raise NotANumber(text)


def _odd_number(text: str) -> float | None:
    plain = text.strip()
    low = plain.lower()
    if low in WITHHELD or is_band(low) or low.startswith("number of cases"):
        return None
    plain = plain.removesuffix("%").rstrip()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", plain, flags=re.ASCII):
        return float(plain)
    raise NotANumber(text)


def is_band(words: str) -> bool:
    """True for an answer in words (lower case) where a figure could stand: "very high", "between 100 and 299", "yes"."""
    return words in BAND_WORDS or any(band in words for band in BANDS)


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """01/31/2022, 1/31/22, 31-JAN-22, 2022-01-31 or 2022-01-31 00:00:00; None for an empty or withheld cell. Raises ValueError."""
    plain = text.strip()
    if plain.lower() in WITHHELD:
        return None
    if match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:[T ][0-9:.]+)?", plain):
        year, month, day_ = match.groups()
        return date(int(year), int(month), int(day_))
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})", plain):
        month, day_, year = match.groups()
        return date(_century(year), int(month), int(day_))
    if match := re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{2}|\d{4})", plain):
        day_, name, year = match.groups()
        if name.lower() in MONTHS:
            return date(_century(year), MONTHS[name.lower()], int(day_))
    raise ValueError(f"{text[:40]!r} is not a date")


def _century(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)  # public reporting began in 2003


@lru_cache(maxsize=65536)
def ccn(text: str) -> str:
    """Six-character CMS Certification Number; lost leading zeros come back ("10001" is "010001"). Raises ValueError."""
    plain = text.strip().strip("'").upper()
    if 4 <= len(plain) <= 6 and CCN.fullmatch(padded := plain.zfill(6)):
        return padded
    raise ValueError(f"{text[:40]!r} is not a CMS Certification Number")


@lru_cache(maxsize=4096)
def measure_id(text: str) -> str:
    """One spelling for one measure: OP-18b, op_18B and OP_18b are OP_18B; the _SIR of an infection ratio is dropped."""
    plain = re.sub(r"[^0-9A-Za-z]+", "_", text.strip()).strip("_").upper()
    if re.fullmatch(r"HAI_\d[A-Z]?_SIR", plain):
        plain = plain.removesuffix("_SIR")
    return plain
