"""Synthetic quality figures in the published layout, taken in through the same import as real ones."""

from __future__ import annotations

import datetime as dt
import io
import random

from lifelong.kernel.access import SYSTEM
from lifelong.loop.demo import corpus
from lifelong.loop.needs.actions import import_measures
from lifelong.loop.program.models import AccreditedProvider

HEAD = "Facility ID,Facility Name,State,Measure ID,Measure Name,Score,Sample,Footnote,Start Date,End Date"
LIST_HEAD = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Hospital Type,Hospital Ownership,Emergency Services,Hospital overall rating"
STATE_HEAD = "State,Measure ID,Measure Name,Score,Footnote,Start Date,End Date"
FOUND = 3  # years before the newest release the gaps were found in the figures
NATION_HEAD = "Measure ID,Measure Name,Score,Footnote,Start Date,End Date"


def load_measures(provider: AccreditedProvider, today: dt.date) -> None:
    """Seven yearly releases of six measures for three fictional hospitals, their state and the nation; windows do not overlap.

    Not everything gets better: two of the measures go the wrong way in these hospitals since the gaps were found.
    """
    rng = random.Random(f"measures/{provider.slug}")
    state = corpus.STATES.get(provider.slug, "MA")
    _take(provider, "Hospital_General_Information.csv", [LIST_HEAD, *(
        f"{code},{name},1 Demo Street,Demoville,{state},00000,Demo,Acute Care Hospitals,Voluntary non-profit - Private,Yes,3"
        for code, name in zip(corpus.HOSPITAL_CODES, corpus.HOSPITALS, strict=True)
    )])  # fmt: skip
    # our hospitals are behind the state's: below it where more is better, above it where less is
    offsets = {
        (code, key): rng.gauss(-0.7, 0.4) * (1 if drift > 0 else -1)
        for code in corpus.HOSPITAL_CODES
        for key, _, drift, *_ in corpus.MEASURES
    }
    stuck = {rng.choice(keys) for keys in corpus.STUCK}
    newest = today.year if today.month > 7 else today.year - 1
    for years_ago in range(7, 0, -1):
        begin = dt.date(newest - years_ago, 7, 1)
        span = f"{begin:%m/%d/%Y},{dt.date(begin.year + 1, 6, 30):%m/%d/%Y}"
        hospital, of_state, nation = [HEAD], [STATE_HEAD], [NATION_HEAD]
        for key, start, drift, spread, cases in corpus.MEASURES:
            here = start + drift * (7 - years_ago)
            title = f"Demo figure {key}"
            for code, name in zip(corpus.HOSPITAL_CODES, corpus.HOSPITALS, strict=True):
                since = max(0, FOUND - years_ago) if key in stuck else 0
                value = max(0.01, here - 2.5 * drift * since + spread * offsets[code, key] + rng.gauss(0, spread / 6))
                hospital.append(f"{code},{name},{state},{key},{title},{value:.2f},{_cases(rng, cases)},,{span}")
            of_state.append(f"{state},{key},{title},{here + rng.gauss(0, spread / 10):.2f},,{span}")
            nation.append(f"{key},{title},{here * 1.01:.2f},,{span}")
        folder = f"release_{begin.year + 1}-10"
        for name, lines in (("Hospital", hospital), ("State", of_state), ("National", nation)):
            _take(provider, f"{folder}/Timely_and_Effective_Care-{name}.csv", lines)


def _take(provider: AccreditedProvider, filename: str, lines: list[str]) -> None:
    import_measures(SYSTEM, provider, file=io.BytesIO(("\n".join(lines) + "\n").encode()), filename=filename)


def _cases(rng: random.Random, usual: int) -> str:
    return str(max(12, round(rng.gauss(usual, usual / 10)))) if usual else ""
