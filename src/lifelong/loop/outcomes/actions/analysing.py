"""Analysis plans: fixed before the data, run on it, and what they gave."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.models import StoredFile
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.outcomes.models import AnalysisPlan, AnalysisResult
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider

P = Permission
LARGEST_DATA = 20_000_000  # bytes


@action(needs=P.EDIT_OUTCOMES, audit="analysis_plan.fixed")
def fix_plan(
    actor: Actor, provider: AccreditedProvider, *, text: str, activity: Activity | None = None
) -> AnalysisPlan | Unchanged:
    """Fix an analysis plan before its data: its bytes, the hash of its content, the time. The same content is fixed once."""
    if activity is not None and activity.provider_id != provider.pk:
        raise problem("plan.activity", "The activity is of another program.", "Choose one of this program.", "activity")
    plan = checked_plan(text)
    row, made = AnalysisPlan.objects.get_or_create(
        provider=provider, plan_hash=plan.sha256,
        defaults={
            "activity": activity, "title": plan.title[:200], "text": text, "fixed_at": clock.now(), "fixed_by_id": actor.person_id,
        },
    )  # fmt: skip
    return row if made else Unchanged(row)


def checked_plan(text: str) -> Any:
    """The plan, checked. The statistics packages are an extra that an office may not have installed."""
    try:
        from lifelong.methods.plan import PlanError, read_plan  # noqa: PLC0415 -- an extra, and a second to load
    except ImportError:
        raise _not_installed() from None
    try:
        return read_plan(text)
    except PlanError as error:
        raise Problem(error.reason) from None


@action(needs=P.EDIT_OUTCOMES, audit="analysis.stored")
def store_result(
    actor: Actor, plan: AnalysisPlan, *, result: Mapping[str, Any], data_file: StoredFile | None = None
) -> AnalysisResult | Unchanged:
    """Keep what a plan gave on some data: the answer of `methods.run.run_plan`. The same plan on the same bytes is kept once."""
    ran = result.get("plan", {}).get("sha256")
    if ran != plan.plan_hash:
        raise problem(
            "analysis.other_plan", "This result comes from another plan.", "Run the plan that was fixed.", "result"
        )
    data_hash = str(result.get("data", {}).get("sha256", ""))
    if not data_hash:
        raise problem("analysis.no_data", "The result does not name its data.", "Run the plan again.", "result")
    row, made = AnalysisResult.objects.get_or_create(
        plan=plan, data_hash=data_hash, defaults={"result": dict(result), "data_file": data_file, "ran_at": clock.now()}
    )
    return row if made else Unchanged(row)


@action(needs=P.EDIT_OUTCOMES, audit="analysis.stored_with_data")
def keep_run(
    actor: Actor, plan: AnalysisPlan, *, result: Mapping[str, Any], content: bytes, name: str
) -> AnalysisResult | Unchanged:
    """Keep a result together with the data it came from."""
    known = AnalysisResult.objects.filter(plan=plan, data_hash=str(result["data"]["sha256"])).first()
    if known is not None:
        return Unchanged(known)
    return store_result(actor, plan, result=result, data_file=files.store(content, name[:200], "text/csv"))


def run_on(actor: Actor, plan: AnalysisPlan, *, content: bytes, name: str) -> AnalysisResult:
    """Run a fixed plan on an uploaded file and keep both. Raises Problem with the method's own reason when it refuses the data.

    The plan's `data` key names the file; the upload takes that name, whatever it is called. The computing is done before the
    door opens, so that nobody waits for it.
    """
    if not content or len(content) > LARGEST_DATA:
        raise problem(
            "analysis.data", "The file is empty or larger than 20 MB.", "Choose the data file of the plan.", "file"
        )
    try:
        from lifelong.methods.result import RefusedError  # noqa: PLC0415 -- an extra
        from lifelong.methods.run import run_plan  # noqa: PLC0415 -- an extra, and a second to load
    except ImportError:
        raise _not_installed() from None
    from lifelong.methods.plan import PlanError  # noqa: PLC0415 -- an extra

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        try:
            wanted = (root / checked_plan(plan.text).data).resolve()
            if root not in wanted.parents:
                raise problem(
                    "analysis.data", "The plan names a file outside its folder.", "Name a plain file.", "file"
                )
            wanted.parent.mkdir(parents=True, exist_ok=True)
            wanted.write_bytes(content)
            (root / "plan.toml").write_text(plan.text, encoding="utf-8")
            answer = run_plan(root / "plan.toml", today=clock.today(), data_root=root, data_modified_at=clock.now())
        except (PlanError, RefusedError) as refused:
            raise Problem(refused.reason) from None
        except ArithmeticError:
            raise problem(
                "analysis.no_variation", "The method cannot compute a result: the data have no variation where it needs some.",
                "Look for columns that hold one value, or a change that is the same for every unit.", "file",
            ) from None  # fmt: skip
    return keep_run(actor, plan, result=answer, content=content, name=name)


def _not_installed() -> Problem:
    return problem(
        "analysis.missing",
        "The statistics packages are not installed here yet.",
        "A first start fetches them in the background: try again in some minutes. If they stay away, ask whoever hosts the system "
        "to run `./lifelong analysis-setup`.",
    )
