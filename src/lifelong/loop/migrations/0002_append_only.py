"""Triggers that keep ledger, seals, audit rows, gates and disclosures from being changed or deleted (T08)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from lifelong.loop.credit import append_only


def put_up(apps: Any, editor: Any) -> None:
    append_only.install(editor.connection)


def take_down(apps: Any, editor: Any) -> None:
    append_only.remove(editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("lifelong", "0001_initial"),
        ("kernel", "0001_initial"),
    ]
    operations = [migrations.RunPython(put_up, take_down)]
