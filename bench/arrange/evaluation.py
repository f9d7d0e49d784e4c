"""Arrange J12: learners who attended one session, signed in, each with the product's own evaluation form filled. Prints JSON."""

import json
import sys
from urllib.parse import urlencode

from bench.arrange import room

from lifelong.loop.evaluation.actions import attach_default
from lifelong.loop.evaluation.reads import form_of
from lifelong.loop.planning.models import Objective

with room.writes_open("bench"):
    provider = room.program()
    people = room.people_of(provider, int(sys.argv[1]))
    designation, marks = room.claimable(provider, people)
    activity = designation.activity
    for position in (1, 2, 3):
        Objective.objects.create(activity=activity, position=position, text=f"Objective {position}", kind="skill")
    attach_default(room.SYSTEM, activity)
form = form_of(activity, marks[0].session_id)
answers = {"csrfmiddlewaretoken": room.CSRF, "plans": "1"}
for question in form.questions:
    if question.show_if or not (question.is_required or question.kind == "retro"):
        continue
    value = question.options[0].value if question.options else "Time matters."
    names = [f"{question.key}__{row.key}" for row in question.rows] or [question.key]
    answers.update(dict.fromkeys(names, "no" if question.key == "bias" else value))
headers = {"Content-Type": "application/x-www-form-urlencoded"}
print(
    json.dumps(
        {
            "body": urlencode(answers),
            "asks": [
                {"path": f"/me/evaluate/{mark.pk}/", "headers": headers | room.signed_in(person)}
                for mark, person in zip(marks, people, strict=True)
            ],
            "lines": len(answers) - 2,
        }
    )
)
