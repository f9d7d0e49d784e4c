"""Arrange J3: 300 learners who asked for a code by mail and are about to type it; and what one password check costs. Prints JSON."""

# ruff: noqa: I001 -- the first of our imports sets Django up, which the others need
import json
import re
import time

from bench.arrange import room

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import mail
from django.test import Client

settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
settings.ACCOUNT_RATE_LIMITS = False  # the mails go to different people, but leave from one address here
CODE = re.compile(r"^\s*([A-Z0-9]{4,8}-?[A-Z0-9]{0,8})\s*$", re.MULTILINE)
CONFIRM = "/account/login/code/confirm/"

with room.writes_open("bench"):
    people = room.people_of(room.program(), 300)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in people]
    )
mail.outbox = []
asks = []
for person in people:
    browser = Client(HTTP_HOST="localhost")
    browser.post("/account/login/code/", {"email": person.email})
    code = CODE.search(str(mail.outbox[-1].body))
    assert code is not None, mail.outbox[-1].body
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"lifelong_session={browser.cookies['lifelong_session'].value}; lifelong_csrf={room.CSRF}",
    }
    asks.append({"path": CONFIRM, "headers": headers, "body": f"csrfmiddlewaretoken={room.CSRF}&code={code.group(1)}"})
kept = make_password("a long enough password")
began = time.process_time()
check_password("a long enough password", kept)
print(json.dumps({"asks": asks, "password_ms": (time.process_time() - began) * 1000}))
