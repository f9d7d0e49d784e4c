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
from django.db import connection, models, transaction  # noqa: E402
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


class Kept(models.Model):
    """One evaluation: a row each for that it was done, for the audit and for what follows, and one for the response."""

    kind = models.CharField(max_length=20)
    person = models.IntegerField(null=True)
    at = models.FloatField()

    class Meta:
        app_label = "floor"


class Said(models.Model):
    kept = models.ForeignKey(Kept, models.CASCADE)
    question = models.CharField(max_length=60)
    choice = models.CharField(max_length=200)

    class Meta:
        app_label = "floor"


class Sum(models.Model):
    question = models.CharField(max_length=60)
    choice = models.CharField(max_length=60)
    count = models.IntegerField()

    class Meta:
        app_label = "floor"
        unique_together = [("question", "choice")]


def evaluation(request: HttpRequest, room: int, person: int) -> HttpResponse:
    """Write as many rows as one evaluation has, in one transaction, as Django's manual would; no check, no session, no form."""
    sent = {name: value for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "plans")}
    with transaction.atomic():
        Kept.objects.create(kind="done", person=person, at=time.time())
        response = Kept.objects.create(kind="response", at=time.time())
        Said.objects.bulk_create([Said(kept=response, question=name, choice=value) for name, value in sent.items()])
        Sum.objects.bulk_create(
            [
                Sum(question=name, choice=choice, count=1)
                for name, value in sent.items()
                for choice in sorted({"", value[:60]})
            ],
            update_conflicts=True,
            unique_fields=["question", "choice"],
            update_fields=["count"],
        )
        Kept.objects.create(kind="audit", person=person, at=time.time())
        Kept.objects.create(kind="effect", person=person, at=time.time())
    return JsonResponse({"n": len(sent)}, status=201)


urlpatterns = [path("mark/<int:room>/<int:person>", mark), path("evaluation/<int:room>/<int:person>", evaluation)]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(Room)
        for model in (Mark, Kept, Said, Sum):
            editor.create_model(model)
    Room.objects.create(title="Room")
