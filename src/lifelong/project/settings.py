"""Settings. What an office may set comes from the environment; all of it is listed in docs/reference/settings.md."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from lifelong.kernel.sqlite import pragmas, prefer_bundled_sqlite

prefer_bundled_sqlite()

PACKAGE = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("LIFELONG_HOME") or PACKAGE.parents[1] / "var").resolve()
HOME.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The installation's own secret, made at first start and kept in its data folder."""
    given = os.environ.get("LIFELONG_SECRET_KEY")
    if given:
        return given
    kept = HOME / "secret.key"
    if not kept.exists():
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _database(url: str) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "lifelong.sqlite3",
            "CONN_MAX_AGE": None,
            # IMMEDIATE: a transaction that will write takes its place in the queue at once, so none fails half-way.
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas()},
            # a file, also in tests: browser stories read it from other threads and processes
            "TEST": {"NAME": str(HOME / f"test-{os.getpid()}.sqlite3")},
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": None,
    }


SECRET_KEY = _secret_key()
DEBUG = False
DEMO = os.environ.get("LIFELONG_DEMO") == "1"
BASE_URL = os.environ.get("LIFELONG_BASE_URL") or f"http://localhost:{os.environ.get('PORT', '8000')}"
ALLOWED_HOSTS = [
    host for host in os.environ.get("LIFELONG_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",") if host
]
HTTPS = BASE_URL.startswith("https://")
DATABASES = {"default": _database(os.environ.get("LIFELONG_DATABASE", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # our own widget templates come first, Django's behind them
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "lifelong.kernel",
    "lifelong.loop",
    "lifelong.entrypoints",
]
MIDDLEWARE = [
    "lifelong.entrypoints.web.middleware.LeanPaths",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lifelong.entrypoints.web.middleware.ProblemPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lifelong.entrypoints.web.middleware.SignedIn",
]
ROOT_URLCONF = "lifelong.project.urls"
WSGI_APPLICATION = "lifelong.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "lifelong_ui": "lifelong.entrypoints.web.templatetags.lifelong_ui",
                "sign_in_words": "lifelong.entrypoints.web.templatetags.sign_in_words",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lifelong.entrypoints.web.shell.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- who is who
AUTH_USER_MODEL = "lifelong.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/home/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "lifelong.entrypoints.web.login.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# --- what leaves in a header or a cookie
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "lifelong_session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "lifelong_csrf"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "lifelong.entrypoints.web.sessions"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- files, static, jobs, mail, time
STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [PACKAGE / "static"] if (PACKAGE / "static").exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 60
STORED_FILES = HOME / "files"
MEDIA_ROOT = STORED_FILES
# "django_tasks.backends.immediate" runs a leased batch in the worker itself; an installation that outgrows one machine names
# "django_tasks_db.DatabaseBackend" (or a broker) here and starts as many workers as it needs.
TASKS = {"default": {"BACKEND": os.environ.get("LIFELONG_TASKS", "django_tasks.backends.immediate.ImmediateBackend")}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_HOST = os.environ.get("LIFELONG_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("LIFELONG_SMTP_PORT", "25"))
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = HOME / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("LIFELONG_MAIL_FROM", "lifelong@example.org")
SMS_WEBHOOK_KEY = os.environ.get("LIFELONG_SMS_KEY", "")
SMS_GATEWAY_URL = os.environ.get("LIFELONG_SMS_GATEWAY", "")  # empty: texts are written to a file in the data folder
if SMS_GATEWAY_URL and not SMS_GATEWAY_URL.startswith("https://"):
    raise SystemExit("LIFELONG_SMS_GATEWAY must be an https:// address: texts carry codes.")
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LIFELONG_LOG", "WARNING")},
}
