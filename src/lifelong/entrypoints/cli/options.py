"""What an installation may set through its environment, declared once: the reference page and a test read this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: what holds without it, and what it decides."""

    name: str
    default: str
    about: str


SETTINGS = (
    Setting("LIFELONG_HOME", "`var` beside the source", "Folder of everything that is kept: database, files, secret, mail, checkpoints."),
    Setting("LIFELONG_DATABASE", "SQLite in the home folder", "PostgreSQL instead: `postgresql://user:password@host:5432/name`."),
    Setting("LIFELONG_BASE_URL", "`http://localhost:PORT`", "Address under which people reach the installation; https switches on secure cookies."),
    Setting("LIFELONG_HOSTS", "localhost", "Host names that are answered, separated by commas."),
    Setting("LIFELONG_BIND", "127.0.0.1", "Network address on which the web server listens."),
    Setting("PORT", "8000", "Port on which the web server listens."),
    Setting("LIFELONG_ANALYSIS", "on", "off: a start does not fetch the statistics packages in the background."),
    Setting("LIFELONG_SECRET_KEY", "made at first start, kept in the home folder", "Secret behind sessions and links; set it when several machines serve one installation."),
    Setting("LIFELONG_SMTP_HOST", "none: mail is written to the home folder", "Mail server."),
    Setting("LIFELONG_SMTP_PORT", "25", "Its port."),
    Setting("LIFELONG_MAIL_FROM", "lifelong@example.org", "Sender of mail."),
    Setting("LIFELONG_SMS_KEY", "none: no gateway is answered", "Key that a text-message gateway must show."),
    Setting("LIFELONG_SMS_GATEWAY", "none: texts are written to the home folder", "https address of the gateway that sends our texts."),
    Setting("LIFELONG_TASKS", "in the worker itself", "Backend of the Django Tasks API, for an installation that outgrows one machine."),
    Setting("LIFELONG_DEMO", "off", "`1`: sign-in with one click for demo people, and a clock that can be moved. Never in production."),
    Setting("LIFELONG_LOG", "WARNING", "What is logged: DEBUG, INFO, WARNING or ERROR."),
    Setting("LIFELONG_PROVIDER", "none", "Command line: the program of all commands that ask for `--provider`."),
    Setting("LIFELONG_AS", "the server itself", "Command line: the person of all commands that take `--as`."),
)  # fmt: skip
