"""Bringing the database to this version: an empty one at once from the models, an older one step by step."""

from __future__ import annotations

from typing import cast

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import override_settings

from lifelong.loop.credit import append_only


def is_current() -> bool:
    """Whether no migration is missing."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def bring_up() -> bool:
    """Migrate; returns whether anything was done. Safe to repeat, also after a crash half-way."""
    if is_current():
        return False
    if connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
    else:
        _create()
    return True


def _create() -> None:
    """Tables straight from the models, then every migration marked as done: the history would take ten times as long.

    A test holds that both ways end in the same tables. A crash in between leaves tables without marks; the steps then refuse
    to make a table twice, and the sentence says so: an installation that never started is simply deleted.
    """
    without_history = cast("dict[str, str | None]", {app.label: None for app in apps.get_app_configs()})
    with override_settings(MIGRATION_MODULES={**settings.MIGRATION_MODULES, **without_history}):
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    append_only.install(connection)
    call_command("migrate", fake=True, verbosity=0, interactive=False)
