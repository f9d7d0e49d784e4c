"""Survey forms as Django forms: one field a question (one a line of a matrix), and plans in a learner's own words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from lifelong.kernel.problems import Problem
from lifelong.loop.evaluation.barriers import barrier_kinds
from lifelong.loop.surveys.forms import FormQuestion, SurveyForm

JOINT = "__"  # between the key of a question and the key of a line of it
MOST_BARRIERS = 2  # of one plan


class Scale(forms.RadioSelect):
    """Radio buttons in few bytes: each inside its own label, an id only on the first, where the list of errors leads."""

    template_name = "learner/scale.html"


class Choose(forms.Select):
    """A list to choose from, without the line breaks."""

    template_name = "learner/choose.html"


def _own_words(**attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 2, "cols": False, **attrs})


def answers_sent(survey: SurveyForm, sent: QueryDict) -> dict[str, Any]:
    """What a browser sent, as `surveys.forms.check` reads and judges it; what `AnswerForm.answers` says of a form that is in order."""
    found: dict[str, Any] = {}
    for question in survey.questions:
        if question.rows:
            found[question.key] = {row.key: sent.get(f"{question.key}{JOINT}{row.key}", "") for row in question.rows}
        else:
            found[question.key] = sent.getlist(question.key) if question.kind == "multi" else sent.get(question.key, "")
    return found


def plans_nothing(sent: QueryDict, count: int) -> bool:
    """Whether none of `count` plans says anything at all."""
    starts = tuple(f"p{number}-" for number in range(count))
    return not any(str(value).strip() for name, value in sent.items() if name.startswith(starts))


class AnswerForm(forms.Form):
    """The questions of a survey. What is required is decided by the survey, which also knows the branches."""

    use_required_attribute = False
    template_name = "learner/fields.html"

    def __init__(self, survey: SurveyForm, data: Any = None) -> None:
        super().__init__(data, auto_id="%s")
        self.survey = survey
        for question in survey.questions:
            for number, row in enumerate(question.rows or (None,)):
                name = f"{question.key}{JOINT}{row.key}" if row else question.key
                label = question.text if row is None else f"{question.text.rstrip('?.')}: {row.label}"
                self.fields[name] = _field(question, label, survey, helps=number == 0, named=data is not None)

    def answers(self) -> dict[str, Any]:
        """As `surveys.forms.check` reads them."""
        found: dict[str, Any] = {}
        for question in self.survey.questions:
            if question.rows:
                found[question.key] = {
                    row.key: self.cleaned_data.get(f"{question.key}{JOINT}{row.key}", "") for row in question.rows
                }
            else:
                found[question.key] = self.cleaned_data.get(question.key) or ""
        return found

    def take(self, refusal: Problem) -> None:
        """Put each reason beside the first field of its question, or at the top."""
        for reason in refusal.reasons:
            text = f"{reason.sentence} {reason.next_step}".strip()
            self.add_error(next((name for name in self.fields if name.split(JOINT)[0] == reason.field), None), text)


def _field(question: FormQuestion, label: str, survey: SurveyForm, *, helps: bool, named: bool) -> forms.Field:
    """`helps`: the help stands once above the lines of a question; `named`: errors need an id to lead to."""
    common: dict[str, Any] = {
        "label": label,
        "required": question.is_required,
        "help_text": question.help if helps else "",
    }
    if question.show_if:
        asked = survey.question(question.show_if[0])
        option = next((one.label for one in asked.options if one.value == question.show_if[1]), "") if asked else ""
        common |= {"required": False, "help_text": f"Only if you answered “{option}” above. {question.help}".strip()}
    if question.kind == "text":
        return forms.CharField(**common, widget=_own_words())
    if question.kind == "number":
        return forms.CharField(**common, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    options = [(option.value, option.label) for option in question.options]
    if question.kind == "multi":
        return forms.MultipleChoiceField(**common, choices=options, widget=forms.CheckboxSelectMultiple)
    missing = {"required": "This has no answer yet. Choose one."}
    return forms.ChoiceField(**common, choices=options, widget=Scale(attrs={"named": named}), error_messages=missing)


class PlanForm(forms.Form):
    """One planned change: own words, how firmly, how sure, what stands in the way and how it could be overcome."""

    use_required_attribute = False
    template_name = "learner/fields.html"

    text = forms.CharField(
        required=False, max_length=1000, label="What will you do differently, in your own words?", widget=_own_words()
    )
    level = forms.TypedChoiceField(
        required=False, label="How firmly do you intend to?", coerce=int, empty_value=None,
        choices=[("", "Choose"), (5, "Very firmly"), (4, "Firmly"), (3, "Fairly"), (2, "A little"), (1, "Hardly")], widget=Choose,
    )  # fmt: skip
    confidence = forms.IntegerField(
        required=False, min_value=0, max_value=10, label="How confident are you that you can, from 0 to 10?"
    )

    target_on = forms.DateField(required=False, label="By when?", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, barriers: int = 1, **kwargs: Any) -> None:
        """`barriers`: how many lines for them are shown. A second one is asked for with the button that adds a plan."""
        super().__init__(*args, **kwargs)
        self.auto_id = "%s"
        self.barriers = barriers
        for number in range(1, barriers + 1):
            also = "else " if number > 1 else ""
            self.fields[f"barrier{number}"] = forms.CharField(
                required=False, max_length=200, label=f"What {also}may stand in the way?",
                widget=forms.TextInput(attrs={"list": "barriers"}),
            )  # fmt: skip
            self.fields[f"overcome{number}"] = forms.CharField(
                required=False,
                max_length=500,
                label="How could that be overcome?",
            )
        for field in self.fields.values():
            field.widget.attrs.pop("maxlength", None)  # the answer says so where a text is too long

    def get_context(self) -> dict[str, Any]:
        return super().get_context() | {"all_optional": True}

    def commitment(self) -> dict[str, Any]:
        """As `evaluation.actions.submit` takes it; a barrier in other words than the list's is kept under `other`."""
        said = self.cleaned_data
        codes = {kind.label.casefold(): kind.code for kind in barrier_kinds().values()}
        barriers = []
        for number in range(1, self.barriers + 1):
            word = said[f"barrier{number}"].strip()
            if word:
                code = codes.get(word.casefold(), "other")
                barriers.append(
                    {"code": code, "other": word if code == "other" else "", "how_overcome": said[f"overcome{number}"]}
                )
        kept = {name: said[name] for name in ("text", "level", "confidence", "target_on")}
        return {**kept, "barriers": barriers}


class FollowUpForm(forms.Form):
    """What became of one plan."""

    use_required_attribute = False

    def __init__(self, answers: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"] = forms.ChoiceField(
            label="Did you make the change?",
            choices=answers,
            widget=forms.RadioSelect,
            error_messages={"required": "Choose one of the five."},
        )
        barriers = [(kind.code, kind.label) for kind in barrier_kinds().values()]
        self.fields["barrier_code"] = forms.ChoiceField(
            required=False, label="What stood most in the way?", choices=[("", "Choose"), *barriers]
        )
        self.fields["text"] = forms.CharField(
            required=False,
            max_length=4000,
            label="What happened, and what would have helped?",
            widget=_own_words(),
        )
        self.fields["system_change"] = forms.CharField(
            required=False,
            max_length=4000,
            label="Did your team or your system change something too? What?",
            widget=_own_words(),
        )
