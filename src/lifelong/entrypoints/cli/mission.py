"""The mission of a program and how far a year attained it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lifelong.entrypoints.cli.asking import Asking, asks, find_result


@click.group()
def mission() -> None:
    """The mission page and the annual mission report."""


@mission.command("measure")
@click.option("--year", type=int, required=True)
@asks()
def measure(ask: Asking, year: int) -> None:
    """Measure every expected result of a year anew from the activities behind it."""
    from lifelong.loop.improvement.actions import measure_year

    rows: Any = measure_year(ask.actor, ask.provider, year)
    ask.tell({"year": year, "results": len(rows)}, f"{len(rows)} expected results of {year} are measured.")


@mission.command("show")
@click.option("--year", type=int, required=True)
@asks()
def show(ask: Asking, year: int) -> None:
    """Each expected result with its number as last measured, its interval, its target and the office's conclusion."""
    from lifelong.loop.improvement.reads import attainment

    rows = [
        {
            "result": one.result.key,
            "label": one.result.label,
            "indicator": one.result.indicator_label,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "n": one.n,
            "asked": one.asked,
            "unit": one.unit,
            "target": one.result.target,
            "suppressed": one.is_suppressed,
            "measured_at": one.measured_at,
            "conclusion": one.conclusion.text if one.conclusion else "",
        }
        for one in attainment(ask.actor, ask.provider, year)
    ]
    lines = [f"{ask.provider.office_name}, {ask.provider.name}, {year}"]
    for row in rows:
        lines.append(f"  {row['label']}: {_figure(row)}; target {row['target']:g} {row['unit']}")
        lines.append(f"      {row['indicator']}")
        lines += [f"      Conclusion: {row['conclusion']}"] if row["conclusion"] else []
    ask.tell({"program": ask.provider.slug, "year": year, "results": rows}, "\n".join(lines))


def _figure(row: dict[str, Any]) -> str:
    if row["suppressed"]:
        return f"too few to show (n {row['n']} of {row['asked']} asked)"
    if row["value"] is None:
        return "nothing measured"
    span = f" ({row['low']:.0f} to {row['high']:.0f})" if row["low"] is not None else ""
    return f"{row['value']:.0f} {row['unit']}{span}, n {row['n']} of {row['asked']} asked"


@mission.command("conclude")
@click.argument("result")
@click.option("--year", type=int, required=True)
@click.option("--text", required=True, help="How far it was attained, and why.")
@click.option("--priority", type=int, default=3, show_default=True, help="1 (first) to 5 (last).")
@click.option("--reason", default="", help="Why it has this priority.")
@asks()
def conclude(ask: Asking, result: str, year: int, text: str, priority: int, reason: str) -> None:
    """Write the office's conclusion beside the number of an expected RESULT."""
    from lifelong.loop.improvement.actions import conclude as write

    of = find_result(ask.provider, result)
    write(ask.actor, of, year=year, text=text, priority=priority, priority_reason=reason)
    ask.tell({"result": result, "year": year}, f"The conclusion on “{of.label}” in {year} is written.")


@mission.command("report")
@click.option("--year", type=int, required=True)
@click.option("--format", "kind", type=click.Choice(["pdf", "json"]), default="pdf", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@asks()
def report(ask: Asking, year: int, kind: str, out: Path) -> None:
    """Freeze the annual mission report and write it. The same data are frozen once, and give the same bytes."""
    from lifelong.formats.mission_report import render_pdf
    from lifelong.kernel import files
    from lifelong.loop.improvement.actions import freeze_report
    from lifelong.loop.improvement.report import report_from

    frozen: Any = freeze_report(ask.actor, ask.provider, year)
    facts = files.read(frozen.facts)
    out.write_bytes(facts if kind == "json" else render_pdf(report_from(facts)))
    ask.tell(
        {"year": year, "version": frozen.version, "snapshot": frozen.snapshot, "file": str(out)},
        f"{out}: mission report {year}, version {frozen.version}, of {frozen.frozen_at:%d %B %Y}.",
    )
