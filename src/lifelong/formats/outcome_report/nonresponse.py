"""Facts about who answered, who was silent, and how far silence could change what is said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One form from invitation to pair. None: the number does not exist for the form, or too few people stand behind it."""

    form: str
    invited: int | None
    delivered: int | None
    started: int | None
    completed: int | None
    matched: int | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """One field of two sets of people, as shares in percent or means (`unit`), with the standardised difference (SD units; None: no spread).

    `compared` names the sets: those who answered beside all who came, or early beside late ones.
    """

    compared: str
    field: str
    first: float
    second: float
    standardised: float | None
    unit: str = "%"

    @property
    def is_large(self) -> bool:
        """More than a quarter of a standard deviation: those who answered are not like the others here."""
        return self.standardised is not None and abs(self.standardised) > 0.25


@dataclass(frozen=True, slots=True)
class Weighted:
    """One answer unweighted and weighted to all who came (percent), with the sample size that the weights leave."""

    name: str
    n: int
    plain: float
    plain_low: float
    plain_high: float
    weighted: float
    low: float
    high: float
    effective_n: float
    largest_weight: float  # as a multiple of the median weight, after trimming at five times the median
    trimmed: int
    margins: str


@dataclass(frozen=True, slots=True)
class NonResponse:
    """The standard block on non-response. `tipping` are sentences: how different the silent must be for the result to vanish."""

    asked: tuple[Asked, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    weighted: tuple[Weighted, ...] = ()
    tipping: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Patients:
    """Patients that learners' own reports would amount to in a week: never a measured figure. `low` and `high` follow from the inputs."""

    low: int
    middle: int
    high: int
    inputs: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        return (
            f"About {self.middle:,} patients a week (range {self.low:,} to {self.high:,}): an estimate from self-report, "
            "not a count of patients."
        )
