"""Models that refuse any write outside the one door. The door itself is `kernel.action`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from django.db import models

from lifelong.kernel.access import Scope

_open_by: ContextVar[str] = ContextVar("writes_open_by", default="")


class WriteOutsideDoor(RuntimeError):
    """A programming error: somebody wrote without an action."""


@contextmanager
def writes_open(by: str) -> Iterator[None]:
    """Open the door. Used by `@action`, by migrations of data, by the tested bulk path of the demo, and by the login library."""
    token = _open_by.set(by)
    try:
        yield
    finally:
        _open_by.reset(token)


def check_door(model: type[models.Model]) -> None:
    """Refuse a write that no action opened the door for."""
    if not _open_by.get():
        raise WriteOutsideDoor(f"{model.__name__} is written only by actions: put this write into an @action.")


class GuardedQuerySet(models.QuerySet[Any]):
    """Every bulk way of writing asks the same question as `save`."""

    def update(self, **kwargs: Any) -> int:
        check_door(self.model)
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        check_door(self.model)
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        check_door(self.model)
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        check_door(self.model)
        return super().bulk_update(*args, **kwargs)


class KeptModel(models.Model):
    """A row of the system of record. `to_provider` is the path to its accredited provider ("" = is one; None = spans providers)."""

    to_provider: ClassVar[str | None] = "provider"
    spans_because: ClassVar[str] = ""

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True
        app_label = "lifelong"

    def save(self, *args: Any, **kwargs: Any) -> None:
        check_door(type(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        check_door(type(self))
        return super().delete(*args, **kwargs)

    @property
    def scope(self) -> Scope:
        """Where the row belongs; models with a longer path say so themselves."""
        return Scope(provider_id=getattr(self, "provider_id", None))


class AppendOnlyQuerySet(GuardedQuerySet):
    def update(self, **kwargs: Any) -> int:
        raise WriteOutsideDoor(f"{self.model.__name__} is append-only: correct it with a new row.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise WriteOutsideDoor(f"{self.model.__name__} is append-only: nothing is deleted.")


class AppendOnly(KeptModel):
    """Rows that are never changed or deleted; database triggers hold the same for anyone who goes around us."""

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        app_label = "lifelong"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise WriteOutsideDoor(f"{type(self).__name__} is append-only: correct it with a new row.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise WriteOutsideDoor(f"{type(self).__name__} is append-only: nothing is deleted.")

    def refreshed(self) -> Self:
        self.refresh_from_db()
        return self
