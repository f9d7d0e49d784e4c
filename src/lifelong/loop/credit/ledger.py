"""The chain over the credit ledger: sealing, checking, and checkpoints that can leave the building.

A seal holds SHA-256 over the seal before it and the canonical form of an award. Whoever changes, removes or swaps an entry breaks
the chain at that entry; whoever cuts off its end, or rewrites and re-seals everything, is found by a checkpoint kept elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef

from lifelong.kernel import clock
from lifelong.loop.credit.models import Award, LedgerSeal

GENESIS = "0" * 64
LOOK_BACK = 10_000  # numbers are given before the commit: an award may appear behind one that is sealed already
FIELDS = (
    "id", "provider_id", "person_id", "activity_id", "session_id", "designation_id", "serial", "credit_system", "profession", "amount",
    "earned_on", "awarded_at", "rule_book_version", "evidence", "is_late", "reverses_id", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """The state of the chain. `entries` sealed ones; `first_bad_seq` names the first entry that does not hold (None when all do)."""

    ok: bool
    entries: int
    first_bad_seq: int | None
    sentence: str
    unsealed: int = 0
    head: str = GENESIS


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the chain at one moment, signed."""

    seq: int
    digest: str
    made_at: str
    signature: str


def canonical(values: Iterable[Any]) -> bytes:
    """One award as bytes that do not depend on the database: values of `FIELDS`, in order, as compact JSON."""
    return _ENCODER.encode([_plain(value) for value in values]).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is int or kind is str or value is None or kind is bool:
        return value
    if kind is Decimal:
        return f"{value:.2f}"
    if kind is dt.datetime:
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat()


def _link(previous: str, form: bytes) -> str:
    return hashlib.sha256(previous.encode() + form).hexdigest()


def seal_waiting(limit: int = 500, *, sweep: bool = False) -> int:
    """Seal up to `limit` awards in the order of their numbers; returns how many. Call inside an action or effect.

    Two sealers at once are safe: the number of a seal is unique, the slower one starts again behind the faster.
    `sweep` looks through the whole ledger for awards that were left behind, not only its newest part.
    """
    for _ in range(5):
        last = LedgerSeal.objects.order_by("-seq").values_list("seq", "digest").first() or (0, GENESIS)
        rows = list(_unsealed(sweep).order_by("id").values_list(*FIELDS)[:limit])
        seals, previous = [], last[1]
        for seq, row in enumerate(rows, start=last[0] + 1):
            digest = _link(previous, canonical(row))
            seals.append(LedgerSeal(seq=seq, award_id=row[0], previous=previous, digest=digest))
            previous = digest
        try:
            with transaction.atomic():
                LedgerSeal.objects.bulk_create(seals, batch_size=500)
        except IntegrityError:
            continue  # another sealer was quicker; look again
        return len(seals)
    return 0


def _unsealed(everything: bool) -> Any:
    rows = Award.objects.filter(~Exists(LedgerSeal.objects.filter(award_id=OuterRef("pk"))))
    newest = LedgerSeal.objects.aggregate(newest=Max("award_id"))["newest"] or 0
    return rows if everything else rows.filter(id__gt=newest - LOOK_BACK)


def verify(folder: Path | None = None) -> LedgerReport:
    """Walk the whole chain and compare it with every checkpoint in `folder` (default: the installation's own)."""
    known = {point.seq: point for point in checkpoints(folder)}
    previous, seq = GENESIS, 0
    trusted = 0  # the last entry that a checkpoint vouches for
    for found, before, digest, *award in _chain():
        seq += 1
        if found != seq:
            return _bad(seq, f"Entry {seq} is missing: after entry {seq - 1} comes {found}.")
        if before != previous:
            return _bad(
                seq, f"Entry {seq} does not follow the entry before it: entries were swapped, or seals rewritten."
            )
        if _link(previous, canonical(award)) != digest:
            return _bad(seq, f"Entry {seq} (award {award[0]}) was altered after it was sealed.")
        point = known.pop(seq, None)
        if point is not None and point.digest != digest:
            first = trusted + 1
            return _bad(
                first,
                f"Entries were rewritten: entry {first} or one after it, up to {seq}, is not what the checkpoint of {point.made_at} saw.",
            )
        trusted = seq if point is not None else trusted
        previous = digest
    if (LedgerSeal.objects.aggregate(top=Max("seq"))["top"] or 0) > seq:
        return _bad(seq + 1, f"The award of entry {seq + 1} is missing: its seal is still there.")
    if known:
        cut = max(known.values(), key=lambda point: point.seq)
        return _bad(
            seq + 1,
            f"The end of the ledger is missing: the checkpoint of {cut.made_at} saw {cut.seq} entries, now there are {seq}.",
        )
    waiting = _unsealed(everything=True).count()
    tail = f" {waiting} more wait for their seal." if waiting else ""
    return LedgerReport(
        True, seq, None, f"All {seq} entries hold, from the first to the last.{tail}", waiting, previous
    )


def _chain() -> Iterator[tuple[Any, ...]]:
    """Seals in order, each with its award; an award that is gone leaves a gap."""
    rows = LedgerSeal.objects.order_by("seq").values_list(
        "seq", "previous", "digest", *(f"award__{name}" for name in FIELDS)
    )
    return rows.iterator(chunk_size=2000)


def _bad(seq: int, sentence: str) -> LedgerReport:
    return LedgerReport(False, seq - 1, seq, sentence)


def checkpoint(folder: Path | None = None) -> Path | None:
    """Write the signed head of the chain to a file; None while the ledger is empty. Copy these files out of the building."""
    head = LedgerSeal.objects.order_by("-seq").values_list("seq", "digest").first()
    if head is None:
        return None
    made_at = clock.now().isoformat(timespec="seconds")
    body = {"seq": head[0], "digest": head[1], "made_at": made_at}
    where = folder or _folder()
    where.mkdir(parents=True, exist_ok=True)
    file = where / f"ledger-{head[0]:012d}.json"
    if not file.exists():
        half = file.with_suffix(f".{os.getpid()}.part")
        with half.open("w", encoding="utf-8") as out:
            json.dump({**body, "signature": _signature(body)}, out)
            out.flush()
            os.fsync(out.fileno())
        half.rename(file)
    return file


def checkpoints(folder: Path | None = None) -> list[Checkpoint]:
    """All checkpoints whose signature holds, oldest first. A file with a false signature vouches for nothing."""
    found = []
    where = folder or _folder()
    for file in sorted(where.glob("ledger-*.json")) if where.is_dir() else []:
        raw = json.loads(file.read_text(encoding="utf-8"))
        body = {"seq": raw["seq"], "digest": raw["digest"], "made_at": raw["made_at"]}
        try:
            Signer(salt="ledger").unsign(f"{json.dumps(body)}:{raw['signature']}")
        except BadSignature:
            continue
        found.append(Checkpoint(**body, signature=raw["signature"]))
    return found


def _signature(body: dict[str, Any]) -> str:
    return Signer(salt="ledger").sign(json.dumps(body)).rsplit(":", 1)[1]


def _folder() -> Path:
    return Path(settings.HOME) / "checkpoints"
