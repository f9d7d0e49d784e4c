"""Papers and files: certificates beside the bare typesetting engine (J8), measures in beside a columnar engine."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from statistics import median

from bench.machine import ROOT, home, python
from bench.report import Figure

CERTIFICATES = 400
PANEL = "data/cms/panel/carecompare_panel_2018_2023_MA_CT_MO.csv.gz"


def j8(_: str) -> list[Figure]:
    """Certificates, one verifiable file each, beside the bare engine with the same template and texts; per core."""
    import typst

    from lifelong.formats import certificate
    from lifelong.formats.typeset import template

    facts = [_certificate(number) for number in range(CERTIFICATES)]
    inputs: list[dict[str, object]] = []

    def keep(*_: object, **named: object) -> bytes:
        inputs.append(named)
        return b"%PDF"

    real, typst.compile = typst.compile, keep  # what the product hands to the engine, taken down once
    try:
        certificate.render_many(facts, threads=1)
    finally:
        typst.compile = real
    source = template(Path(certificate.__file__).with_name("certificate.typ"))
    ours: list[float] = []
    floors: list[float] = []
    certificate.render_many(facts[:8])
    for _turn in range(3):
        began = time.perf_counter()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            bare = list(pool.map(lambda named: real(source, **named), inputs))
        floors.append(CERTIFICATES / (time.perf_counter() - began))
        began = time.perf_counter()
        made = certificate.render_many(facts)
        ours.append(CERTIFICATES / (time.perf_counter() - began))
        assert made == bare, "both print the same page"
    rate, floor, cores = median(ours), median(floors), os.cpu_count() or 1
    one = facts[0]
    began = time.process_time()
    for _turn in range(40):
        certificate.render(one)
    alone = (time.process_time() - began) / 40 * 1000
    return [
        Figure("J8 certificates", rate, "/s", floor, "at least 0.8 of the bare engine", rate >= 0.8 * floor),
        Figure(
            "J8 certificates a core",
            rate / cores,
            "/s",
            floor / cores,
            "600/s a core asks for an untagged page; see docs",
            rate / cores >= 600,
        ),
        Figure("J8 one certificate, CPU", alone, "ms", None, "at most 5 ms (J9, from click)", alone <= 5),
    ]


def _certificate(number: int) -> object:
    from lifelong.formats.certificate import CertificateFacts, ama_credit_line

    return CertificateFacts(
        learner=f"Ada Example {number:04d}, MD", provider="Example School of Medicine", activity="Sepsis: the first hour", format_word="live activity",
        date_text="3 March 2026", serial=f"{number:026d}", verify_url=f"https://ce.example.edu/verify/{number:026d}/", issued_on=dt.date(2026, 3, 4),
        credit_lines=(ama_credit_line(Decimal("1.00")),), statements=("The Example School of Medicine is accredited to provide continuing education.",),
        profession="physician",
    )  # fmt: skip


def measures_import(_: str) -> list[Figure]:
    """Quality figures taken into the record (judged, kept, overlaps marked, audited) beside a columnar engine that only reads them."""
    shared = Path(os.environ.get("LIFELONG_SHARED") or ROOT.parent / "shared")
    file = shared / PANEL
    if not file.exists():
        print(
            f"  The reference panel is not beside this checkout ({PANEL}); name its folder in LIFELONG_SHARED. Nothing was measured."
        )
        return []
    import duckdb

    began = time.perf_counter()
    columns = [
        row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM read_csv('{file}', all_varchar = true)").fetchall()
    ]
    measures = [name for name in columns if name not in ("report_date", "PROVIDER_ID", "STATE")]
    long = f"UNPIVOT (SELECT * FROM read_csv('{file}', all_varchar = true)) ON {', '.join(chr(34) + name + chr(34) for name in measures)}"
    read = duckdb.sql(f"SELECT count(*), sum(try_cast(value AS double)) FROM ({long})").fetchall()[0]
    bare_seconds = time.perf_counter() - began
    assert read is not None
    with home() as environment:
        said = json.loads(python(environment, str(Path(__file__).parent / "arrange" / "measures.py"), str(file)))
    kept, seconds = said["kept"], said["seconds"]
    return [
        Figure(
            "measures kept",
            kept / seconds,
            "/s",
            read[0] / bare_seconds,
            "watched: the engine reads, the product keeps each row",
            True,
        ),
        Figure("whole file", seconds, "s", bare_seconds, "at most 60 s for 22 releases of three states", seconds <= 60),
    ]
