"""The framework floor: the least Django application that records a mark durably. Not the product; the yardstick beside it."""

from __future__ import annotations

import os
import time
from urllib.parse import urlsplit

import django
from django.conf import settings

_url = os.environ.get("LIFELONG_DATABASE", "")
_parts = urlsplit(_url)
_postgres = {
    "ENGINE": "django.db.backends.postgresql", "NAME": "floor", "USER": _parts.username, "HOST": _parts.hostname, "PORT": _parts.port, "CONN_MAX_AGE": None,
}  # fmt: skip
_sqlite = {
    "ENGINE": "django.db.backends.sqlite3", "NAME": f"{os.environ.get('LIFELONG_HOME', '/tmp')}/floor.sqlite3", "CONN_MAX_AGE": None,
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
}  # fmt: skip
settings.configure(
    SECRET_KEY="floor", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": _postgres if _url else _sqlite},
)  # fmt: skip
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402


class Room(models.Model):
    title = models.CharField(max_length=100)

    class Meta:
        app_label = "floor"


class Mark(models.Model):
    room = models.ForeignKey(Room, models.CASCADE)
    person = models.IntegerField()
    at = models.FloatField()

    class Meta:
        app_label = "floor"
        unique_together = [("room", "person")]


def mark(request: HttpRequest, room: int, person: int) -> HttpResponse:
    """Look the room up, insert once, answer."""
    found = Room.objects.filter(pk=room).first()
    if found is None:
        return JsonResponse({}, status=404)
    made = Mark.objects.bulk_create([Mark(room=found, person=person, at=time.time())], ignore_conflicts=True)
    return JsonResponse({"n": len(made)}, status=201)


urlpatterns = [path("mark/<int:room>/<int:person>", mark)]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(Room)
        editor.create_model(Mark)
    Room.objects.create(title="Room")
