"""Django's `flush`, where a ledger refuses deletion: refused on a real installation, possible where everything is a demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as Flush
from django.db import connections

from lifelong.loop.credit import append_only


class Command(Flush):
    help = "Empty the database of a demonstration."

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The credit ledger is append-only: a real installation is never emptied. Make a new one beside it."
            )
        connection = connections[options["database"]]
        append_only.remove(connection)
        try:
            super().handle(**options)
        finally:
            append_only.install(connection)
