"""The reference page of plans, methods and results, written from the declarations that also check and run them."""

from __future__ import annotations

from lifelong.methods.answers import REPORTED, test_named
from lifelong.methods.benchmarks import BENCHMARKS
from lifelong.methods.examples import EXAMPLES, Example
from lifelong.methods.plan import PLAN_KEYS
from lifelong.methods.refusals import OVERRIDABLE
from lifelong.methods.registry import METHODS
from lifelong.methods.result import Verb
from lifelong.methods.result_fields import PARTS, TABLES
from lifelong.methods.run import RESULT_FIELDS
from lifelong.methods.spec import Method, Option, Role

INTRODUCTION = """# Methods: plans, options, results

This page is generated from the declarations in `src/lifelong/methods/` (`reference.py`); change those, not this page.
It is enough to write an analysis plan for new data and to read the answer, without knowing the product.

## Write a plan

A plan is a small TOML file, written and fixed before the data are seen. It names one method, the data file, which column plays
which role, the choices of the method, and the one number that answers the question.

```toml
title = "Grand rounds on sepsis, knowledge test"
question = "Do people who attended score higher after the series than before?"
method = "paired_means"
data = "sepsis_scores.csv"
primary_outcome = "mean_difference"
fixed_at = 2026-09-01T09:00:00Z
family = "holm"

[columns]
id = "learner_code"
centre = "hospital"
pre = "score_before"
post = "score_after"

[options]
level = 0.95

[[secondary]]
name = "objective 2, recognising shock"
columns = { pre = "objective2_before", post = "objective2_after" }
```

Run it with `./lifelong outcomes analyse plan.toml --json`. Data files lie beside the plan or in the folder that `--data` names;
a plan cannot reach outside of it. `--received 2026-10-01` states when the data came in, and the answer says whether the plan is older.
A refusal ends with exit code 2 and names `code`, `sentence`, `next_step` and `field`. A plan that is wrong is refused with the key,
what is wrong, and what to do. A method whose conditions do not hold refuses too, with a code; a plan that lists a code of the table at the end in `accept` goes on, and every result prints the override.
There is a whole example for every family of methods under [worked examples](#worked-examples).

Columns that play the role of an id, group or name are read as text: `010001`, `02139` and `01014F` keep their zeros and letters.
A predictor whose digits begin with 0 is read as text as well. A word in a column of numbers is refused with its row;
a column of TRUE and FALSE counts as 1 and 0. Every row must have as many cells as the header.
"""


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    return "\n".join(lines + [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]) + "\n"


def _role_row(role: Role) -> tuple[object, ...]:
    words = {"number": "number", "text": "text", "any": "number or text"}[role.kind]
    return f"`{role.name}`", f"list of {words}" if role.many else words, "" if role.optional else "yes", role.doc


def _default(entry: Option) -> str:
    if entry.required:
        return "must be stated"
    value = entry.default
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{v}`" for v in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else "none"


def _option_row(entry: Option) -> tuple[object, ...]:
    kind = {
        "texts": "list of text",
        "numbers": "list of numbers",
        "flag": "true / false",
        "integer": "whole number",
        "moment": "number or ISO date",
    }.get(entry.kind, entry.kind)
    if entry.choices:
        kind = ", ".join(f"`{choice}`" for choice in entry.choices if choice)
    elif entry.low is not None:
        kind += f", from {entry.low:g}" + (f" to {entry.high:g}" if entry.high is not None else "")
    return f"`{entry.name}`", kind, _default(entry), entry.doc


def _method_section(method: Method) -> str:
    parts = [f"### `{method.name}`\n", f"{' '.join((method.spec.__doc__ or '').split())}\n"]
    parts.append(f"{' '.join((method.run.__doc__ or '').split())}\n")
    parts.append(_table(("column", "holds", "required", "role"), [_role_row(role) for role in method.roles]))
    if method.options:
        parts.append(
            _table(("option", "values", "default", "meaning"), [_option_row(entry) for entry in method.options])
        )
    parts.append(
        _table(
            ("estimate", "meaning", "its test"),
            [(f"`{name}`", meaning, _test_cell(method.name, name)) for name, meaning in method.yields.items()],
        )
    )
    parts.append(_table(("part of the result", "meaning"), _part_rows(method.name)))
    if method.refusals:
        parts.append(f"Refusals that `accept` may override: {', '.join(f'`{code}`' for code in method.refusals)}.\n")
    return "\n".join(parts)


def _test_cell(method: str, estimate: str) -> str:
    name = test_named(method, estimate)
    return "" if name is None else "named in `details.test_to_report`" if name == REPORTED else f"`{name}`"


def _part_rows(name: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [(f"`{part}`", meaning) for part, meaning in PARTS[name].items()]
    for table, columns in TABLES.get(name, {}).items():
        rows.append((f"`tables.{table}`", "; ".join(f"`{column}` {meaning}" for column, meaning in columns.items())))
    return rows


CHOICES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the same people's scores before and after", ("paired_means", "signed_rank")),
    ("before and after, but nobody knows who is who", ("unpaired_means", "two_proportions")),
    ("matched by codes that people made up", ("code_matching",)),
    ("some people matched, some not; three or more occasions", ("mixed_model", "gee", "friedman")),
    ("people who did not answer after", ("imputed_change", "tipping_point", "non_response", "weighting")),
    ("right or wrong, yes or no, same people", ("mcnemar",)),
    ("one Likert item", ("signed_rank", "proportional_odds")),
    ("a scale of several items; a test", ("alpha", "item_analysis")),
    ("learners in sessions, answers in people", ("mixed_model", "gee")),
    ("several objectives", ("multiplicity",)),
    ("people with and without the activity", ("ancova",)),
    ("clinics with and without it, before and after", ("difference_in_differences",)),
    ("clinics that start at different times", ("staggered_start",)),
    ("one clinic among its peers", ("permutation_rank",)),
    ("a measure by month, before and after a date", ("interrupted_time_series", "control_chart")),
    ("is it in control; rare events", ("control_chart",)),
    ("could a change be seen at all", ("detectable_change", "run_limits")),
    ("commitments to change and their follow-up", ("commitments",)),
    ("texts coded, performances rated", ("cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "icc")),
    ("figures from a paper; published purchasing points", ("effect_size_from_summary", "purchasing_points")),
)

EXAMPLES_HEAD = """## Worked examples

One per family; the figures are made up. Save both files in one folder and run the plan.
"""


def _example_section(example: Example) -> str:
    method = next(line.split('"')[1] for line in example.plan.split("\n") if line.startswith("method"))
    warned = ", ".join(f"`{code}`" for code in example.warnings) or "none"
    return (
        f"### Example, {example.family}: `{method}`\n\n`{example.file}`\n\n```csv\n{example.data}```\n\n"
        f"`plan.toml`\n\n```toml\n{example.plan}```\n\nThe answer's `statement`:\n\n> {example.statement}\n\n"
        f"Warnings: {warned}. {example.reading}\n"
    )


VERB_MEANING = {
    Verb.DESCRIBES: "no claim about an activity (reliability, weights, adjusted p-values)",
    Verb.ASSOCIATED: "before and after, or groups that were not assigned by chance",
    Verb.CONSISTENT: "a series without comparison, or one unit among its peers",
    Verb.ESTIMATED: "a comparison series, difference in differences, or assignment by chance",
}


def methods_reference() -> str:
    """The page `docs/reference/methods.md` as Markdown, in the order of the registry; the same for the same code."""
    parts = [INTRODUCTION, "## Keys of a plan\n"]
    parts.append(
        _table(
            ("key", "holds", "required", "meaning"),
            [(f"`{k.name}`", k.kind, "yes" if k.required else "", k.doc) for k in PLAN_KEYS],
        )
    )
    parts.append("## Read the result\n")
    parts.append(_table(("field", "meaning"), [(f"`{name}`", doc) for name, doc in RESULT_FIELDS.items()]))
    parts.append("The verb is chosen by the design, not by the p-value:\n")
    parts.append(_table(("verb", "when"), [(verb.value, meaning) for verb, meaning in VERB_MEANING.items()]))
    parts.append("## Choose a method\n")
    parts.append(
        _table(
            ("the data", "method"), [(words, ", ".join(f"[`{m}`](#{m})" for m in names)) for words, names in CHOICES]
        )
    )
    parts.append("## Methods\n")
    for family in dict.fromkeys(method.family for method in METHODS.values()):
        names = [method for method in METHODS.values() if method.family == family]
        parts.append(f"- {family}: {', '.join(f'[`{m.name}`](#{m.name})' for m in names)}")
    parts.append("")
    parts += [_method_section(method) for method in METHODS.values()]
    parts.append(EXAMPLES_HEAD)
    parts += [_example_section(example) for example in EXAMPLES]
    parts.append("## Refusals that a plan may override\n")
    parts.append(_table(("code", "meaning"), [(f"`{code}`", meaning) for code, meaning in OVERRIDABLE.items()]))
    parts.append("## Published sizes of effect\n")
    parts.append("Printed beside a result when the plan names one in `options.benchmark`; never a threshold.\n")
    parts.append(
        _table(
            ("name", "measure", "from", "to", "basis", "source"),
            [
                (f"`{name}`", b["measure"], b["low"], b["high"], b["basis"], b["source"])
                for name, b in BENCHMARKS.items()
            ],
        )
    )
    return "\n".join(parts).rstrip() + "\n"
