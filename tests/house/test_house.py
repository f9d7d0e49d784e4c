"""Walks through the whole house. Each asks for what nobody may forget, and says what to write when it is missing."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

import lifelong.entrypoints.web
import lifelong.loop
from lifelong.entrypoints.jobs import effects as effects_page
from lifelong.entrypoints.web.page import Access
from lifelong.kernel.action import ACTIONS, FOLLOWS
from lifelong.kernel.effects import HANDLERS
from lifelong.kernel.guard import KeptModel

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PYTHON = [
    p
    for p in [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    if "migrations" not in p.parts
]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- access


def walk_urls(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += walk_urls(entry, prefix + str(entry.pattern))
        else:
            found.append((prefix + str(entry.pattern), entry))
    return found


ALL_URLS = walk_urls(get_resolver())
# the login library declares its own access; its pages ask for a session or for none by their nature
EXEMPT_URLS = ("account/",)


@pytest.mark.parametrize(
    ("address", "pattern"),
    [(a, p) for a, p in ALL_URLS if not a.startswith(EXEMPT_URLS)],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_every_address_declares_who_may_open_it(address: str, pattern: URLPattern) -> None:
    access = getattr(pattern.callback, "access", None)
    assert isinstance(access, Access), (
        f"{address}: put @page(needs=...), @page(signed_in=True), @page(anyone=True) or @page(by_link=True) on its view."
    )


def test_office_and_leadership_pages_always_need_a_role() -> None:
    open_ones = [
        a
        for a, p in ALL_URLS
        if a.startswith(("office/", "lead/")) and not getattr(p.callback, "access", Access()).needs
    ]
    assert open_ones == [], "an office page without a permission is open to every learner"


def test_every_page_that_is_written_has_an_address() -> None:
    routed = {pattern.name for _, pattern in ALL_URLS}
    written = set()
    for info in pkgutil.walk_packages(lifelong.entrypoints.web.__path__, "lifelong.entrypoints.web."):
        patterns = getattr(importlib.import_module(info.name), "urlpatterns", [])
        written |= {entry.name for entry in patterns if isinstance(entry, URLPattern)}
    assert sorted(name for name in written - routed if name) == [], (
        "include these modules in the urls.py of their audience"
    )


# --- writing


def loop_modules() -> list[str]:
    return [info.name for info in pkgutil.walk_packages(lifelong.loop.__path__, "lifelong.loop.")]


def test_every_public_function_of_actions_wears_the_door() -> None:
    """A function in an actions module either is an action, an effect, or starts with an underscore. Others say why."""
    exempt = {
        "check_in_by_screen": "chooses between ways in; writes through _record_own",
        "check_in_by_code": "finds the session of a code; writes through _record_own",
        "receive_text": "answers a gateway; writes through check_in_by_code",
        "ensure_default": "called inside an action",
        "keep_response": "called inside an action",
        "span_activity": "called inside an action",
        "measure_results": "called inside an action or an effect",
        "import_measures": "reads the whole file before the door opens; writes through keep_measures",
        "judge": "reads a file; writes nothing",
        "open_reading": "reads a file; writes nothing",
    }
    effects = set(HANDLERS)
    missing = []
    for module_name in loop_modules():
        if ".actions" not in module_name:
            continue
        module = importlib.import_module(module_name)
        tree = ast.parse(Path(module.__file__ or "").read_text())
        for node in tree.body:
            if (
                not isinstance(node, ast.FunctionDef)
                or node.name.startswith("_")
                or node.name in exempt
                or node.name in effects
            ):
                continue
            wears = any(isinstance(d, ast.Call) and getattr(d.func, "id", "") == "action" for d in node.decorator_list)
            writes = any(
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr
                in (
                    "save",
                    "create",
                    "update",
                    "delete",
                    "bulk_create",
                    "bulk_update",
                    "get_or_create",
                    "update_or_create",
                )
                for call in ast.walk(node)
            )
            if writes and not wears:
                missing.append(f"{module_name}.{node.name}")
    assert missing == [], "put @action on these, or an underscore before them, or say above why not"


def test_every_action_has_its_own_verb_in_the_past() -> None:
    for declared in ACTIONS.values():
        assert re.fullmatch(r"[a-z_0-9]+\.[a-z_]+", declared.audit), (
            f"{declared.name}: audit verbs read thing.done, not {declared.audit!r}"
        )


def test_every_effect_stands_on_the_page() -> None:
    verbs = {declared.audit for declared in ACTIONS.values()}
    assert set(effects_page.EFFECTS) <= verbs, "an effect hangs on an act that no action performs"
    assert set(FOLLOWS) == set(effects_page.EFFECTS)
    used = set()
    for path in SOURCES:
        used |= set(re.findall(r'enqueue\(\s*"([a-z_]+)"', path.read_text())) | set(
            re.findall(r'Effect\(\s*name="([a-z_]+)"', path.read_text())
        )
        used |= set(re.findall(r'Effect\.objects\.create\(\s*name="([a-z_]+)"', path.read_text()))
    assert used <= set(HANDLERS), f"enqueued but not on the page of effects: {sorted(used - set(HANDLERS))}"


# --- tables


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if m._meta.app_label in ("lifelong", "kernel")], ids=lambda m: m.__name__
)
def test_every_model_reaches_its_provider_or_says_why_not(model: type[models.Model]) -> None:
    assert issubclass(model, KeptModel), (
        f"{model.__name__}: derive from KeptModel, so that nobody writes it without an action"
    )
    path = model.to_provider
    if path is None:
        assert model.spans_because, f"{model.__name__}: say in spans_because why it belongs to no provider"
        return
    if path == "":
        assert model.__name__ == "AccreditedProvider"
        return
    here: type[models.Model] = model
    for step in path.split("__"):
        field = here._meta.get_field(step)
        if field.is_relation:
            here = field.related_model  # type: ignore[assignment]
    assert here.__name__ == "AccreditedProvider" or path == "provider_id", (
        f"{model.__name__}.to_provider does not lead to a provider"
    )


# --- code


@pytest.mark.parametrize("path", [p for p in PYTHON if p.stat().st_size > 9_000], ids=name)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 600, f"{name(path)} has more than 600 lines: split it by a word of the field"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{name(path)}:{node.lineno} {node.name} has {length} lines; 60 is the most"


def test_nothing_is_left_for_later_or_hidden() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "pytest.mark." + "skip", "x" + "fail")
    found = [
        f"{name(path)}: {mark}"
        for path in PYTHON
        for mark in marks
        if mark in path.read_text() and path != Path(__file__)
    ]
    assert found == []


def test_no_module_is_called_by_what_it_is_not() -> None:
    bad = {"utils.py", "util.py", "helpers.py", "manager.py", "misc.py", "common.py"}
    assert [name(path) for path in PYTHON if path.name in bad] == []


def test_the_tree_names_no_registry_and_no_machine() -> None:
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    hosts = re.compile(
        r"(pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|security\.debian\.org|/root/|/work/main|/opt/pypi)"
    )
    found = []
    for file in filter(None, files):
        path = ROOT / file
        if path == Path(__file__) or not path.is_file() or path.suffix in (".woff2", ".ttf", ".png", ".ico", ".pdf"):
            continue
        text = path.read_text(errors="ignore")
        if match := hosts.search(text):
            found.append(f"{file}: {match.group(0)}")
    assert found == []
