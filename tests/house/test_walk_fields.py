"""Every field of every table says what it tells about people, and what leaves for analysis obeys it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from lifelong.kernel.privacy import Privacy, declared, privacy_of

MODELS = [m for m in apps.get_models() if m._meta.app_label in ("lifelong", "kernel")]
FIELDS = {f"{m.__name__}.{f.name}": f for m in MODELS for f in m._meta.concrete_fields}
LEAVES = Path(__file__).parents[2] / "src/lifelong/analytics/columns.toml"
EVERYWHERE = ("kinds", "names")


def field(name: str) -> models.Field[Any, Any]:
    return FIELDS[name]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_personal_pseudonymous_or_free(model: type[models.Model]) -> None:
    unsaid = [f.name for f in model._meta.concrete_fields if privacy_of(f) is None]
    assert unsaid == [], (
        f"write in kernel/privacy.toml, under [{model.__name__}], one of: "
        f"personal = {unsaid} (tells who, or is somebody's own words), pseudonymous = …, free = …"
    )


def test_the_page_speaks_only_of_fields_that_exist_and_once_of_each() -> None:
    for name, own in declared().items():
        if name in EVERYWHERE:
            continue
        said = [one for privacy in Privacy for one in own.get(privacy, ())]
        assert set(own) <= set(Privacy), name
        assert len(said) == len(set(said)), name
        assert [f"{name}.{one}" for one in said if f"{name}.{one}" not in FIELDS] == []


@pytest.mark.parametrize(
    ("name", "privacy"),
    [
        ("Person.email", Privacy.PERSONAL),
        ("Person.family_name", Privacy.PERSONAL),
        ("LearnerProfile.birth_month_day", Privacy.PERSONAL),
        ("LearnerProfile.npi", Privacy.PERSONAL),
        ("LearnerProfile.profession", Privacy.FREE),
        ("Award.serial", Privacy.PERSONAL),
        ("Award.person", Privacy.PSEUDONYMOUS),
        ("Award.amount", Privacy.FREE),
        ("Commitment.text", Privacy.PERSONAL),
        ("Answer.text", Privacy.PERSONAL),
        ("AuditEvent.person_id", Privacy.PSEUDONYMOUS),
        ("Activity.title", Privacy.FREE),
    ],
)
def test_what_everybody_would_say(name: str, privacy: Privacy) -> None:
    assert privacy_of(field(name)) is privacy


def leaving() -> list[tuple[str, str, str]]:
    tables = {m._meta.db_table: m for m in MODELS}
    found = []
    for listed in tomllib.loads(LEAVES.read_text()).values():
        model = tables[listed["source"]]
        found += [(column_of(model, c["name"]), c["name"], c["class"]) for c in listed["columns"]]
    return found


def column_of(model: Any, name: str) -> str:
    """`Model.field` of a column, or of a path that joins: person__profile__state is LearnerProfile.state."""
    *joined, last = name.split("__")
    for step in joined:
        model = model._meta.get_field(step).related_model
    return next(f"{model.__name__}.{f.name}" for f in model._meta.concrete_fields if last in (f.column, f.name))


def test_nothing_personal_leaves_for_analysis() -> None:
    """A column leaves as free only if it is declared free; pseudonymous ones leave hashed."""
    wrong = [f"{name} leaves as {said}" for name, _, said in leaving() if privacy_of(field(name)) is Privacy.PERSONAL]
    wrong += [
        f"{name} leaves in the clear"
        for name, _, said in leaving()
        if privacy_of(field(name)) is Privacy.PSEUDONYMOUS and said != Privacy.PSEUDONYMOUS
    ]
    assert wrong == [], "take the column out of analytics/columns.toml, or have it hashed there"
