"""Words written from what actually ran: one sentence for the result, one paragraph for the methods section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lifelong.methods.plan import Plan
from lifelong.methods.result import Estimate, MethodResult, Verb

WORDING = {
    Verb.DESCRIBES: "Describes the data; no claim about an activity",
    Verb.ASSOCIATED: "May be reported as: associated with",
    Verb.CONSISTENT: "May be reported as: consistent with",
    Verb.ESTIMATED: "May be reported as: estimated effect",
}


def figure(value: float) -> str:
    """Four significant digits without exponent for everyday sizes."""
    if value != value:
        return "not available"
    return f"{value:.4g}" if value == 0 or 1e-4 <= abs(value) < 1e6 else f"{value:.3e}"


def with_interval(estimate: Estimate) -> str:
    name, _, of = estimate.name.replace("_", " ").partition(":")
    text = f"{name} ({of}) {figure(estimate.value)}" if of else f"{name} {figure(estimate.value)}"
    if estimate.unit and estimate.unit not in ("outcome", "ratio"):
        text += f" {estimate.unit}"
    if estimate.low is not None and estimate.high is not None and estimate.level is not None:
        text += f" ({estimate.level * 100:g} % CI {figure(estimate.low)} to {figure(estimate.high)})"
    return text


def statement(plan: Plan, result: MethodResult, primary: Estimate) -> str:
    """The primary result in the strongest words its design allows."""
    counts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in list(result.n.items())[:6])
    found = with_interval(primary)
    words = (
        f"{found[0].upper()}{found[1:]}. {WORDING[result.verb]}{_change(result)}. Design: {result.design}; {counts}."
    )
    if result.overridden:
        words += f" Overridden: {', '.join(reason.rule for reason in result.overridden)}."
    return words


def _change(result: MethodResult) -> str:
    """What a chart says: that something changed, never why."""
    if "changed" not in result.details:
        return ""
    if result.details["changed"]:
        return " a change"
    return " random variation within each phase" if result.n.get("phases", 1) > 1 else " random variation only"


def methods_paragraph(plan: Plan, result: MethodResult, versions: Mapping[str, str], facts: Mapping[str, int]) -> str:
    """Method, variant, numbers in and out, conditions, overrides, multiplicity and software, in that order."""
    parts = [f"Design: {result.design}. {_first_line(plan.method.spec)}"]
    parts.append(
        f"Of {facts['rows_read']} rows in {plan.data}, {facts['rows_selected']} were selected; counts: {_counts(result)}."
    )
    parts.append(
        f"The primary outcome was {plan.primary.name}"
        + (f", fixed on {plan.fixed_at}." if plan.fixed_at else "; the plan does not say when it was fixed.")
    )
    hows = list(dict.fromkeys(f"{e.name} ({e.how})" for e in (*result.estimates, *result.effect_sizes) if e.how))
    if hows:
        parts.append(f"Estimates: {'; '.join(hows[:8])}.")
    if result.tests:
        parts.append(f"Tests: {'; '.join(_test(t) for t in result.tests[:6])}.")
    if plan.primary.options:
        stated = ", ".join(f"{name} = {_short(value)}" for name, value in plan.primary.options.items())
        parts.append(f"Options stated in the plan: {stated}; others at their defaults.")
    if result.assumptions:
        words = {True: "held", False: "did not hold", None: "cannot be tested"}
        parts.append(
            "Conditions: " + "; ".join(f"{a.name}: {words[a.held]} ({a.detail})" for a in result.assumptions) + "."
        )
    if result.overridden:
        parts.append(
            "The plan overrode these refusals: " + " ".join(f"{r.rule}: {r.sentence}" for r in result.overridden)
        )
    if plan.secondary:
        parts.append(f"{len(plan.secondary)} secondary outcomes were adjusted as one family by {plan.family}.")
    parts.append("Software: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".")
    return " ".join(part for part in parts if part)


def _first_line(spec: type[Any]) -> str:
    return (spec.__doc__ or "").strip().split("\n")[0]


def _counts(result: MethodResult) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in result.n.items())


def _test(test: Any) -> str:
    p = f"p = {test.p:.4f}" if test.p >= 0.0001 else f"p = {test.p:.1e}"
    return f"{test.name}" + (f" ({test.how})" if test.how else "") + f", {p}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{len(value)} entries"
    return ", ".join(str(v) for v in value) if isinstance(value, (tuple, list)) else str(value)
