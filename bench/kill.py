"""Kill the running product at random instants and count what was lost: python -m bench.kill --db sqlite --kills 20 --acks 4000 --seed 1

The product runs as an office runs it (`lifelong serve`: web processes and a job worker) on a database that syncs. Clients record
attendance and claim credit; whatever was not acknowledged they send again, and now and then what was. Meanwhile a web process, the
whole server or the job worker gets signal 9. At the end every acknowledged act must be there once, nothing twice, every effect
done, and the ledger must hold. The seed decides loads, victims and instants.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.load import Ask, answer_of, request_bytes
from bench.machine import ROOT, descendants, free_port, fresh_database, home, python

CLIENTS = 8
SENT_AGAIN = 0.1  # share of acknowledged acts that a client sends once more
FAULTS_ENDURED = 50  # a fault under fire may happen; many are a defect
VICTIMS = ("web process", "server", "job worker")
MUST_BE_ZERO = (
    "lost", "doubled", "unaudited", "effects_never_asked", "effects_waiting", "rooms_miscounted", "unsealed", "without_certificate",
)  # fmt: skip


@dataclass
class Product:
    """`lifelong serve` as a process group that can be killed in part or whole."""

    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        command = [sys.executable, "-m", "lifelong", "serve", "--port", str(self.port), "--workers", "2"]
        with Path(self.environment["LIFELONG_HOME"], "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def victims(self, kind: str) -> list[int]:
        """Process ids to kill; empty while that kind is not up."""
        assert self.process is not None
        if kind == "server":
            return [self.process.pid]
        below = [(pid, _command(pid)) for pid in descendants(self.process.pid)[1:]]
        if kind == "job worker":
            return [pid for pid, line in below if "lifelong worker" in line]
        web = [pid for pid, line in below if "granian" in line]
        return web[1:]  # the first only watches over the others

    def kill(self, kind: str, chance: random.Random) -> bool:
        found = self.victims(kind)
        if not found:
            return False
        assert self.process is not None
        with suppress(ProcessLookupError):
            if kind == "server":
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                os.kill(chance.choice(found), signal.SIGKILL)
        return True

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@dataclass
class Load:
    """Acts to send, in the order of the seed, and what was acknowledged."""

    port: int
    waiting: list[tuple[str, Any, Ask]]
    chance: random.Random
    marks: list[tuple[int, int, int]] = field(default_factory=list)  # attendance, session, person
    claims: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    retries: int = 0
    faults: int = 0  # answers of 500 and above
    repeats: int = 0
    stopped: bool = False

    async def client(self) -> None:
        reader = writer = None
        while self.waiting and not self.stopped:
            kind, key, ask = self.waiting.pop()
            try:
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(request_bytes(ask))
                status, body, closing = await asyncio.wait_for(answer_of(reader), 15)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                status, body, closing = 0, b"", True
            if closing and writer is not None:
                writer.close()
                reader = writer = None
            if status == 0 or status >= 500:
                self.retries += 1
                self.faults += status >= 500
                if self.faults > FAULTS_ENDURED:
                    self.stopped = True
                    self.refused.append(f"{kind} {key}: {status}; see server.log")
                self.waiting.append((kind, key, ask))
                await asyncio.sleep(0.05)
                continue
            self._acknowledge(kind, key, ask, status, body)
        if writer is not None:
            writer.close()

    def _acknowledge(self, kind: str, key: Any, ask: Ask, status: int, body: bytes) -> None:
        if kind == "mark" and status in (200, 201):
            self.marks.append((json.loads(body)["attendance"], *key))
        elif kind == "claim" and status == 302:
            self.claims.append(key)
        else:
            self.refused.append(f"{kind} {key}: {status} {body[:200]!r}")
            return
        if self.chance.random() < SENT_AGAIN:
            self.repeats += 1
            self.waiting.insert(self.chance.randrange(len(self.waiting) + 1), (kind, key, ask))


def run(*, database: str, kills: int, acks: int, seed: int) -> dict[str, Any]:
    """One run; returns what `bench/arrange/killed_check.py` found, with the counts of kills, starts and retries."""
    chance = random.Random(seed)
    with home(database) as environment:
        claims = max(10, acks // 8)
        marks = acks - claims
        people = max(claims, 100)
        sessions = -(-marks // people)
        arranged = json.loads(python(environment, "bench/arrange/killed.py", str(people), str(sessions), str(claims)))
        product = Product(environment)
        load = Load(product.port, _acts(arranged, marks, chance), chance)
        product.start()
        try:
            victims = asyncio.run(_under_fire(product, load, kills, chance))
        finally:
            product.stop()
        for _ in range(5):
            python(environment, "-m", "lifelong", "worker", "--until-idle")
            if int(python(environment, "bench/arrange/time_passes.py")) == 0:
                break
        python(environment, "-m", "lifelong", "ledger", "seal")
        said = json.dumps({"marks": load.marks, "claims": load.claims})
        found: dict[str, Any] = json.loads(python(environment, "bench/arrange/killed_check.py", given=said))
    return {
        "acknowledged": len(load.marks) + len(load.claims), "kills": victims, "starts": product.starts, "retries": load.retries,
        "repeats": load.repeats, "refused": load.refused[:5], **found,
    }  # fmt: skip


def _acts(arranged: dict[str, Any], marks: int, chance: random.Random) -> list[tuple[str, Any, Ask]]:
    headers = {"Authorization": f"Bearer {arranged['token']}", "Content-Type": "application/json"}
    pairs = [(session, person) for session in arranged["sessions"] for person in arranged["people"]][:marks]
    acts: list[tuple[str, Any, Ask]] = [
        (
            "mark",
            (session, person),
            Ask("POST", f"/api/attendance/{session}", headers, json.dumps({"person": person}).encode()),
        )
        for session, person in pairs
    ]
    acts += [
        ("claim", c["attendance"], Ask("POST", c["path"], c["headers"], c["body"].encode())) for c in arranged["claims"]
    ]
    chance.shuffle(acts)
    return acts


async def _under_fire(product: Product, load: Load, kills: int, chance: random.Random) -> dict[str, int]:
    """Send everything while victims fall; ends when all kills are done and all acts acknowledged."""
    done: dict[str, int] = dict.fromkeys(VICTIMS, 0)
    pace = len(load.waiting) / (kills + 1)
    deck = list(islice(cycle(VICTIMS), kills))
    chance.shuffle(deck)
    clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
    until = time.monotonic() + 30 + 10 * kills
    while not all(client.done() for client in clients):
        if time.monotonic() > until or load.stopped:
            load.stopped = True
            raise RuntimeError(
                f"{len(load.waiting)} acts were not acknowledged; retries: {load.retries}, refused: {load.refused[:3]}"
            )
        if product.ended():
            product.start()
        acknowledged = len(load.marks) + len(load.claims)
        if sum(done.values()) < kills and acknowledged >= pace * (sum(done.values()) + chance.random()):
            kind = deck[sum(done.values())]
            done[kind] += product.kill(kind, chance)
        await asyncio.sleep(chance.uniform(0.005, 0.05))
    return done


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--acks", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.db == "postgres" and "LIFELONG_PG_DATA" not in os.environ:
        command = [sys.executable, "tests/with_postgres.py", sys.executable, "-m", "bench.kill", *sys.argv[1:]]
        return subprocess.call(command, env={**os.environ, "LIFELONG_PG_FSYNC": "on"}, cwd=ROOT)
    began = time.monotonic()
    database = fresh_database(os.environ["LIFELONG_DATABASE"], "killed") if chosen.db == "postgres" else ""
    found = run(database=database, kills=chosen.kills, acks=chosen.acks, seed=chosen.seed)
    found["seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(found, indent=2))
    held = holds(found)
    print("Nothing was lost or doubled." if held else f"NOT HELD. Repeat it with --seed {chosen.seed}.")
    return 0 if held else 1


def holds(found: dict[str, Any]) -> bool:
    return all(found[name] == 0 for name in MUST_BE_ZERO) and found["ledger_holds"] and not found["refused"]


if __name__ == "__main__":
    raise SystemExit(main())
