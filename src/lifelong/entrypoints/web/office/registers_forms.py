"""Forms of the registers: plain words, each field asked once."""

from __future__ import annotations

from typing import Any

from django import forms

DAY = {"type": "date"}


def lines(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _activities() -> forms.TypedMultipleChoiceField:
    widget = forms.SelectMultiple(attrs={"size": 6})
    return forms.TypedMultipleChoiceField(
        label="Activities", required=False, coerce=int, widget=widget, help_text="Hold Ctrl to choose several."
    )


class InnovationForm(forms.Form):
    title = forms.CharField(label="Approach", max_length=200)
    origin = forms.ChoiceField(label="Whose", choices=[("own", "Our own"), ("others", "Of another provider")])
    source = forms.CharField(label="Source: who built it, where it is described", max_length=300, required=False)
    approach = forms.CharField(label="What it is", widget=lines())
    evidence = forms.CharField(label="Evidence that it works", required=False, widget=lines(2))
    strength = forms.CharField(label="Area of strength it grew in", max_length=200, required=False)
    effect_on_mission = forms.CharField(label="Effect on our mission", required=False, widget=lines(2))
    activities = _activities()


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="Decision", choices=[("adopt", "Adopt"), ("adapt", "Adapt"), ("reject", "Reject")]
    )
    reason = forms.CharField(label="Reason", widget=lines(2))


class CollaborationForm(forms.Form):
    title = forms.CharField(label="Collaboration", max_length=200)
    partner = forms.CharField(label="Partner organisation", max_length=200)
    purpose = forms.CharField(label="Purpose", widget=lines(2))
    role = forms.CharField(label="Role of the partner", max_length=200)
    effective_from = forms.DateField(label="Since", widget=forms.DateInput(attrs=DAY))
    effective_until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs=DAY))
    results = forms.CharField(label="What came of it", required=False, widget=lines(2))
    activities = _activities()


class ProjectForm(forms.Form):
    title = forms.CharField(label="Project", max_length=200)
    kind = forms.ChoiceField(label="Whose", choices=[("own", "Our own"), ("supported", "Supported by us")])
    lead = forms.CharField(label="Led by", max_length=200)
    question = forms.CharField(label="Question", widget=lines(2))
    support = forms.CharField(
        label="What we give", required=False, widget=lines(2), help_text="Data, participants, advice."
    )
    ethics_board = forms.CharField(label="Ethics board", max_length=200, required=False)
    ethics_number = forms.CharField(
        label="Number of its decision", max_length=80, required=False, help_text="Without it no data leave."
    )
    ethics_until = forms.DateField(label="In force until", required=False, widget=forms.DateInput(attrs=DAY))
    activities = _activities()


class DisseminationForm(forms.Form):
    step = forms.ChoiceField(
        label="Step", choices=[("submitted", "Submitted"), ("presented", "Presented"), ("published", "Published")]
    )
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs=DAY))
    where = forms.CharField(label="Where", max_length=300)


class ExportForm(forms.Form):
    year = forms.IntegerField(label="Year of the answers", min_value=2000, max_value=2100)
    columns = forms.MultipleChoiceField(
        label="Columns beside the answers", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("profession", "Profession"), ("format", "Format of the activity"), ("activity", "Activity, by its number"), ("quarter", "Quarter of the year")],
        help_text="The fewer, the better the answers are hidden.",
    )  # fmt: skip


class FacultyForm(forms.Form):
    title = forms.CharField(label="Item", max_length=200)
    track = forms.ChoiceField(
        label="For", choices=[("teaching", "Teachers"), ("leadership", "Leaders: a step of the pathway")]
    )
    position = forms.IntegerField(label="Place in the pathway", min_value=1, max_value=99, initial=1)
    about = forms.CharField(label="What it is", required=False, widget=lines(2))
    activity_id = forms.TypedChoiceField(label="Accredited activity", required=False, coerce=int, empty_value=None)


class DistinctionForm(forms.Form):
    title = forms.CharField(label="What", max_length=200)
    kind = forms.ChoiceField(
        label="Kind",
        choices=[("award", "Award"), ("presentation", "Presentation"), ("publication", "Publication"), ("commendation", "Accreditation with commendation")],
    )  # fmt: skip
    by_whom = forms.CharField(label="By whom", max_length=200)
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs=DAY))
    evidence = forms.CharField(label="Where it can be seen", max_length=300, required=False)


class ElementsForm(forms.Form):
    body = forms.ChoiceField(label="Body", choices=[("lcme", "LCME"), ("acgme", "ACGME")])
    file = forms.FileField(label="List as CSV", help_text="Two columns: code and title. It replaces the list in force.")


class MappingForm(forms.Form):
    activity_id = forms.TypedChoiceField(label="Activity", required=False, coerce=int, empty_value=None)
    item_id = forms.TypedChoiceField(label="Or faculty development", required=False, coerce=int, empty_value=None)
    note = forms.CharField(label="How it serves the element", max_length=300, required=False)

    def __init__(
        self, *args: Any, activities: list[tuple[int, str]], items: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activity_id"].choices = [("", "None"), *activities]  # type: ignore[attr-defined]  # a choice field
        self.fields["item_id"].choices = [("", "None"), *items]  # type: ignore[attr-defined]


class EnrolForm(forms.Form):
    person = forms.TypedChoiceField(label="Colleague", coerce=int)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]  # a choice field


class StepForm(forms.Form):
    done_on = forms.DateField(label="Done on", widget=forms.DateInput(attrs=DAY))
