"""Numbers by which bodies know a person: what is wrong with one, in a sentence, or nothing."""

from __future__ import annotations

import calendar
import re

from lifelong.rules.verdict import Reason

NPI_PREFIX = "80840"  # the card-issuer prefix under which an NPI is checked (CMS)
STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "DC",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "AS",
        "GU",
        "MP",
        "PR",
        "VI",
    ]
)
PHONE = re.compile(r"^\+[1-9][0-9]{6,14}$")


def npi_problem(npi: str) -> Reason | None:
    """An NPI has ten digits, the first 1 or 2, and a Luhn check digit over the prefix and itself."""
    if not npi:
        return None
    if not re.fullmatch(r"[12][0-9]{9}", npi):
        return Reason(
            "person.npi", "An NPI has ten digits and begins with 1 or 2.", "Copy it from the NPI registry.", "npi"
        )
    total = 0
    for place, digit in enumerate(reversed(NPI_PREFIX + npi)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    if total % 10:
        return Reason(
            "person.npi",
            "This is not an NPI: its last digit does not fit the others.",
            "Look for a mistyped digit.",
            "npi",
        )
    return None


def state_problem(state: str, field: str) -> Reason | None:
    if not state or state in STATES:
        return None
    return Reason("person.state", f"“{state}” is not a state code.", "Use two letters, such as MA.", field)


def licence_problem(state: str, number: str) -> Reason | None:
    """A licence is a state and a number, or nothing."""
    if number and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 .\-]{0,19}", number):
        sentence = "A licence number has letters and digits only."
        return Reason("person.licence", sentence, "Type it as it stands on the licence.", "licence_number")
    if bool(state) == bool(number):
        return None
    if number:
        return Reason("person.licence", "The licence has no state.", "Say which state issued it.", "licence_state")
    return Reason(
        "person.licence",
        "The licence has a state but no number.",
        "Type the number, or leave the state empty.",
        "licence_number",
    )


def birth_problem(month_day: str) -> Reason | None:
    """Month and day as MMDD. 29 February counts; a year is never asked for."""
    if not month_day:
        return None
    if re.fullmatch(r"[0-9]{4}", month_day):
        month, day = int(month_day[:2]), int(month_day[2:])
        if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]:  # 2000 is a leap year
            return None
    sentence = "Month and day of birth are four digits, such as 0412 for 12 April."
    return Reason("person.birth", sentence, "Leave the year out.", "birth_month_day")


def nabp_problem(profile_id: str) -> Reason | None:
    if not profile_id or re.fullmatch(r"[0-9]{5,12}", profile_id):
        return None
    return Reason(
        "person.nabp", "A NABP e-Profile ID has digits only.", "Copy it from your NABP e-Profile.", "nabp_profile_id"
    )


def phone_number(typed: str) -> str:
    """A number in international form (+15550100123); a ten-digit one is taken as North American. Empty when it is none."""
    digits = re.sub(r"[\s().\-/]", "", typed.strip())
    if re.fullmatch(r"[0-9]{10}", digits):
        digits = f"+1{digits}"
    elif re.fullmatch(r"1[0-9]{10}", digits):
        digits = f"+{digits}"
    return digits if PHONE.fullmatch(digits) else ""
