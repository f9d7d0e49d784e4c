"""Settings of the test suite: own throw-away home, quick hashing, mail kept in memory."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("LIFELONG_HOME", tempfile.mkdtemp(prefix="lifelong-test-"))
os.environ.setdefault("LIFELONG_SECRET_KEY", "only-for-tests-and-never-for-people")
os.environ.setdefault("LIFELONG_SMS_KEY", "only-for-tests")

from lifelong.project.settings import *  # noqa: F403
from lifelong.project.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; the product's own is Argon2
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DEMO = True
if os.environ.get("LIFELONG_TEST_MIGRATIONS") != "1":
    # tables straight from the models: quicker; one run of the suite and the tests of migrations go the long way
    MIGRATION_MODULES = {"lifelong": None, "kernel": None}
