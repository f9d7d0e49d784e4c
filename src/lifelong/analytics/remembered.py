"""Who was counted: large sorted arrays beside the rollups, searched in place and never changed between two consolidations.

A look-up of a day's rows in them costs milliseconds, where a join would read the whole year. Codes are those of the enumerations in
`rollups.duckdb`; 255 is nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
NOTHING = 255
NAMES = ("pairs", "learners", "seen", "audience", "responses")
_LEARNER = np.dtype([("known", "u1"), ("profession", "u1"), ("state", "u1"), ("activities", "<i4")])
_AUDIENCE = np.dtype([("key", "<i8"), ("claims", "<i8")])
_RESPONSE = np.dtype([("key", "<i8"), ("intent", "<f4"), ("barrier_code", "<f4"), ("pre", "<f4"), ("post", "<f4")])


def pair_keys(activities: Ints, learners: Ints) -> NDArray[np.int64]:
    """One whole number for an activity and a learner: activity in the high half."""
    return (activities.astype(np.int64) << 32) | learners.astype(np.int64)


def audience_keys(activities: Ints, professions: Ints) -> NDArray[np.int64]:
    return (activities.astype(np.int64) << 8) | professions.astype(np.int64)


class Remembered:
    """The arrays of one generation: `<name>-<number>.npy` for each of NAMES, mapped into memory."""

    def __init__(self, folder: Path, number: int) -> None:
        found = {name: np.load(folder / f"{name}-{number}.npy", mmap_mode="r") for name in NAMES}
        self.pairs: NDArray[np.int64] = found["pairs"]
        self.learners: NDArray[Any] = found["learners"]  # by learner number
        self.seen: NDArray[np.uint8] = found[
            "seen"
        ]  # a row of bits for each quarter and credit type, and for each margin
        self.audience: NDArray[Any] = found["audience"]  # sorted by key
        self.responses: NDArray[Any] = found["responses"]  # sorted by key

    def are_learners(self, numbers: Ints) -> NDArray[np.bool_]:
        inside = (numbers >= 0) & (numbers < len(self.learners))
        return np.asarray(inside & (self.learners["known"][np.where(inside, numbers, 0)] == 1), np.bool_)

    def new_pairs(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the sorted `keys` that were not counted."""
        return keys[~_places(self.pairs, keys)[1]]

    def claims_before(self, activities: Ints, professions: Ints) -> NDArray[np.int64]:
        """Completed claims of a profession in an activity; 0 where there were none."""
        keys = audience_keys(activities, professions)
        place, there = _places(self.audience["key"], keys)
        return (
            np.where(there, self.audience["claims"][place], 0) if len(self.audience) else np.zeros(len(keys), np.int64)
        )

    def said_before(self, keys: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """What the respondents among `keys` said: columns of those that are there, NaN for no answer."""
        place, there = _places(self.responses["key"], keys)
        rows = self.responses[place[there]]
        return {name: np.ascontiguousarray(rows[name]) for name in _RESPONSE.names or ()}

    def unseen(self, places: Ints, learners: Ints) -> NDArray[np.bool_]:
        """Whether a learner is missing in the set of its place; a place behind the last is a set that does not exist yet."""
        there = places < len(self.seen)
        missing = np.ones(len(places), np.bool_)
        missing[there] = (self.seen[places[there], learners[there] >> 3] & (0x80 >> (learners[there] & 7))) == 0
        return missing


def without(keys: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of `keys` that are not among `others`."""
    return keys[~_places(np.sort(others), keys)[1]]


def _places(sorted_keys: NDArray[Any], keys: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each key lies, and whether it is there at all."""
    if not len(sorted_keys):
        return np.zeros(len(keys), np.intp), np.zeros(len(keys), np.bool_)
    place = np.searchsorted(sorted_keys, keys)
    place[place == len(sorted_keys)] = 0
    return place, np.asarray(sorted_keys[place] == keys, np.bool_)


# --- written when rollups are built or consolidated


def save(folder: Path, number: int, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays of a generation, each whole or not at all."""
    for name, array in arrays.items():
        path = folder / f"{name}-{number}.npy"
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, array)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def forget(folder: Path, number: int) -> None:
    """Remove the generations before `number`."""
    for name in NAMES:
        for old in folder.glob(f"{name}-*.npy"):
            if old.name != f"{name}-{number}.npy":
                old.unlink()


def learners_of(database: duckdb.DuckDBPyConnection, last: int) -> NDArray[Any]:
    """`learner_cells` by learner number."""
    rows = database.execute(
        f"SELECT learner_id, coalesce(enum_code(profession), {NOTHING}) AS profession, coalesce(enum_code(state), {NOTHING}) AS state, activities FROM learner_cells"  # noqa: S608
    ).fetchnumpy()
    found = np.zeros(last + 1, _LEARNER)
    place = rows["learner_id"]
    found["known"][place] = 1
    for name in ("profession", "state", "activities"):
        found[name][place] = rows[name]
    return found


def audience_of(database: duckdb.DuckDBPyConnection, table: str) -> NDArray[Any]:
    rows = database.execute(
        f"SELECT activity_id, coalesce(enum_code(profession), {NOTHING}) AS profession, sum(claims)::BIGINT AS claims FROM {table} GROUP BY 1, 2"  # noqa: S608
    ).fetchnumpy()
    found = np.empty(len(rows["claims"]), _AUDIENCE)
    found["key"], found["claims"] = audience_keys(rows["activity_id"], rows["profession"]), rows["claims"]
    return found[np.argsort(found["key"])]


def responses_of(database: duckdb.DuckDBPyConnection, table: str) -> NDArray[Any]:
    asked = f"SELECT activity_id, learner_id, intent, barrier_code, pre, post FROM {table}"  # noqa: S608 - names of our own
    rows = database.execute(asked).fetchnumpy()
    found = np.empty(len(rows["intent"]), _RESPONSE)
    found["key"] = pair_keys(rows["activity_id"], rows["learner_id"])
    for name in ("intent", "barrier_code", "pre", "post"):
        found[name] = np.ma.filled(rows[name].astype(np.float32), np.nan)
    return found[np.argsort(found["key"])]


def seen_of(database: duckdb.DuckDBPyConnection, room: int) -> NDArray[np.uint8]:
    """The sets of `people`, in the order of their places, as bits: `room` bytes each."""
    found = np.zeros((int(database.execute("SELECT count(*) FROM people").fetchall()[0][0]), room), np.uint8)
    rows = database.execute("SELECT place, CAST(bits AS BLOB) FROM people")
    while row := rows.fetchone():
        if row[1] is not None:  # the whole year's set of a year in which nobody completed anything
            found[row[0]] = np.frombuffer(row[1], np.uint8)
    return found


def merged_responses(before: NDArray[Any], since: NDArray[Any]) -> NDArray[Any]:
    """Two answers of one respondent to one item count as the higher one, as everywhere."""
    place, there = _places(before["key"], since["key"])
    result = np.array(before)
    for name in ("intent", "barrier_code", "pre", "post"):
        result[name][place[there]] = np.fmax(before[name][place[there]], since[name][there])
    return _sorted(result, since[~there])


def merged_audience(before: NDArray[Any], since: NDArray[Any]) -> NDArray[Any]:
    place, there = _places(before["key"], since["key"])
    result = np.array(before)
    result["claims"][place[there]] += since["claims"][there]
    return _sorted(result, since[~there])


def _sorted(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    both = np.concatenate([one, other])
    return both[np.argsort(both["key"], kind="stable")]


def merged_seen(before: NDArray[np.uint8], sets: int, places: Ints, learners: Ints) -> NDArray[np.uint8]:
    """The sets with more learners in them, and room for `sets` sets."""
    result = np.zeros((sets, before.shape[1]), np.uint8)
    result[: len(before)] = before
    width = before.shape[1]
    np.bitwise_or.at(
        result.reshape(-1), places.astype(np.int64) * width + (learners >> 3), (0x80 >> (learners & 7)).astype(np.uint8)
    )
    return result
