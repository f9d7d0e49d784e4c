"""What every field says about people: personal, pseudonymous or free. Declared in `privacy.toml`, asked by whatever lets data leave."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import models

FILE = Path(__file__).with_suffix(".toml")
KINDS: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.BooleanField, "flag"),
    (models.DecimalField, "amount"),
    (models.IntegerField, "number"),  # all whole numbers, and the keys
    (models.FloatField, "number"),
    (models.DateTimeField, "moment"),
    (models.DateField, "day"),
    (models.TimeField, "time"),
)


class Privacy(StrEnum):
    PERSONAL = "personal"
    PSEUDONYMOUS = "pseudonymous"
    FREE = "free"


@lru_cache(maxsize=1)
def declared() -> dict[str, dict[str, Any]]:
    """The page as it is written: `kinds`, `names`, and one entry a model."""
    return tomllib.loads(FILE.read_text())


def kind_of(field: models.Field[Any, Any]) -> str:
    """What sort of value a field holds. Text has none: it can say anything."""
    if field.is_relation:
        to_person = getattr(field.related_model, "__name__", "") == "Person"
        return "link to a person" if to_person else "link"
    return next((kind for of, kind in KINDS if isinstance(field, of)), "")


def privacy_of(field: models.Field[Any, Any]) -> Privacy | None:
    """The declared class of a field; None where nobody has thought about it yet.

    The model's own lists come first, then the patterns of names (personal before pseudonymous before free), then the kind.
    """
    page = declared()
    own = page.get(field.model.__name__, {})
    for privacy in Privacy:
        if field.name in own.get(privacy, ()):
            return privacy
    if field.is_relation:
        return Privacy(page["kinds"][kind_of(field)])
    for privacy in Privacy:
        if any(fnmatchcase(field.name, pattern) for pattern in page["names"].get(privacy, ())):
            return privacy
    kind = kind_of(field)
    return Privacy(page["kinds"][kind]) if kind else None
