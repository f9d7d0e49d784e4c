"""A small keep-alive load generator. Loopback only, bounded in count and time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Outcome:
    """What a run gave: latencies in ms, statuses, bodies if kept, seconds on the wall."""

    latencies: list[float]
    statuses: Counter[int]
    bodies: list[bytes]
    seconds: float
    lost: int = 0
    acknowledged: list[int] = field(default_factory=list)  # indexes of asks that were answered

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def request_bytes(ask: Ask) -> bytes:
    headers = {"Host": "localhost", "Content-Length": str(len(ask.body)), **ask.headers}
    return (
        f"{ask.method} {ask.path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    ).encode() + ask.body


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    fields = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in head[1:] if line)}
    if fields.get("transfer-encoding") == "chunked":
        parts = []
        while size := int((await reader.readuntil(b"\n")).split(b";")[0], 16):
            parts.append((await reader.readexactly(size + 2))[:-2])
        await reader.readline()
        body = b"".join(parts)
    else:
        body = await reader.readexactly(int(fields.get("content-length", "0")))
    return status, body, fields.get("connection", "").lower() == "close"


async def _client(asks: list[tuple[int, Ask]], port: int, outcome: Outcome, until: float, keep: bool) -> None:
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    while asks and time.perf_counter() < until:
        number, ask = asks.pop()
        began = time.perf_counter()
        try:
            if writer is None or reader is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request_bytes(ask))
            status, body, closing = await answer_of(reader)
        except (OSError, asyncio.IncompleteReadError):
            outcome.lost += 1
            if writer is not None:
                writer.close()
            reader = writer = None
            await asyncio.sleep(0.02)
            continue
        outcome.latencies.append((time.perf_counter() - began) * 1000)
        outcome.statuses[status] += 1
        outcome.acknowledged.append(number)
        if keep:
            outcome.bodies.append(body)
        if closing:
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


def run(asks: Sequence[Ask], *, clients: int, port: int, seconds: float = 60.0, keep: bool = False) -> Outcome:
    """Send `asks` from `clients` connections; stops when all are sent or the time is up."""
    outcome = Outcome([], Counter(), [], 0.0)
    waiting = list(enumerate(asks))[::-1]

    async def everybody() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_client(waiting, port, outcome, until, keep) for _ in range(clients)))

    began = time.perf_counter()
    asyncio.run(everybody())
    outcome.seconds = time.perf_counter() - began
    return outcome
