from django import forms

# What a field says that was left empty, wherever it has no words of its own: what is wrong, and what to do.
# Set here, before any form of the pages is declared: a field takes its words when it is made.
forms.Field.default_error_messages = {"required": "This has no answer yet. Fill it in."}
for chosen in (forms.ChoiceField, forms.MultipleChoiceField):
    chosen.default_error_messages = chosen.default_error_messages | {"required": "This has no answer yet. Choose one."}
