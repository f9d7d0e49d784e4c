"""Sessions in the database. Signing in moves a session to its new key in one write, where the framework inserts, deletes and updates.

Each of those writes waits for the disk; when a room signs in at once that is most of the work (goal 5).
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.db import connection
from django.utils import timezone
from django.utils.crypto import get_random_string

_IN_FORCE = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """The framework's store; only a change of key is kept for the save that ends the request."""

    _old_key: str | None = None

    def load(self) -> dict[str, Any]:
        """As the framework does it, with a statement of our own: every page of every person asks this first."""
        with connection.cursor() as cursor:
            cursor.execute(_IN_FORCE, (self.session_key, connection.ops.adapt_datetimefield_value(timezone.now())))
            found = cursor.fetchone()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found[0])

    def cycle_key(self) -> None:
        """A new key for the same data, so that whoever knew the key before the sign-in knows nothing after it."""
        self.keys()  # loads the session; a key that is not in force is forgotten by that
        if self.session_key is not None:
            self._old_key = self._old_key or self.session_key
            self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self._old_key is None or must_create:
            super().save(must_create)
            return
        row = self.create_model_instance(dict(self.items()))
        values = {"session_key": row.session_key, "session_data": row.session_data, "expire_date": row.expire_date}
        if not self.model.objects.filter(session_key=self._old_key).update(**values):
            raise UpdateError  # signed out elsewhere in the same moment: that stands
        self._old_key = None

    def delete(self, session_key: str | None = None) -> Any:
        if session_key is None and self._old_key is not None:
            session_key, self._old_key = self._old_key, None
        return super().delete(session_key)
