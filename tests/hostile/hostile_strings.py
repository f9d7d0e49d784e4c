"""What hostile people and hurried spreadsheets send. Each string is a case of the list of forty (A08 ... A40)."""

from __future__ import annotations

MARK = "xhx"  # stands in every string that must never come out as markup
XSS = (
    f"<script>alert('{MARK}')</script>", f"\"><img src=x onerror=alert('{MARK}')>", f"'><svg/onload=alert('{MARK}')>",
    f"</title><script>{MARK}</script>", f"<math><mtext><table><mglyph><style><img src=x onerror={MARK}>",
    f"javascript:alert('{MARK}')", f"<a href=\"javascript:{MARK}\">x</a>", f"<iframe srcdoc='<script>{MARK}</script>'>",
    f"</textarea><script>{MARK}</script>", f"--><script>{MARK}</script><!--",
)  # fmt: skip
FORMULAS = (
    '=HYPERLINK("http://evil.example","x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1", "＝1", '"=1', ";=1",
)  # fmt: skip
PAPER = (
    ") /OpenAction << /S /JavaScript >>", '<img src="file:///etc/passwd">', "<link rel=attachment href=file:///etc/passwd>",
    '<font color="[[]]">', '#read("/etc/passwd")', '#import "@preview/x:1.0.0"', "\u202eright to left\u202c مرحبا", "$x^2$ *b* _i_ `c` @ref <label>",
)  # fmt: skip
TEMPLATES = (
    "{{ settings.SECRET_KEY }}", "{% include 'x' %}", "{learner.__class__.__init__.__globals__}", "%(x)s %s %n", "a line\r\nBcc: all@example.org",
)  # fmt: skip
BYTES = (
    "nul\x00byte",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "long " * 1_000,
    "9" * 5_000,
    "\x0b\x0c\x1b[31m",
)
FILTERS = (
    '{"_connector":"OR 1=1"}',
    "user__password__startswith=p",
    ";--",
    "' OR 1=1 --",
    "..%2f..%2fetc",
    "1e309",
    "-1",
    "٣",
    "9" * 5_000,
)
AMOUNTS = (
    "1.25",
    "-0.25",
    "0.1",
    "0.333",
    "1e309",
    "NaN",
    "Infinity",
    "1,25",
    "１",
    "true",
    "[1]",
    "9" * 400,
    "",
    "0",
    "sNaN",
    "1e-5",
    "0x1",
    "½",
)

EVERYWHERE = XSS + FORMULAS + PAPER + TEMPLATES + BYTES
