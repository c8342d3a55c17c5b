"""Forms of the settings pages."""

from django import forms

from accounts.models import SCOPES, Role

INPUT = {"class": "input"}
LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("", "no end"))


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="What will use it, so that you know it later.",
        widget=forms.TextInput(attrs=INPUT),
    )
    scopes = forms.MultipleChoiceField(
        label="It may", choices=[(scope, scope) for scope in SCOPES], widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(
        label="It lives", choices=LIFETIMES, required=False, initial="90", widget=forms.Select(attrs=INPUT)
    )


class PersonForm(forms.Form):
    """A new account."""

    name = forms.RegexField(
        label="Username",
        regex=r"^[a-z0-9][a-z0-9._-]{0,62}$",
        error_messages={
            "invalid": "Small letters, digits, dots, dashes and underscores; it begins with a letter or digit."
        },
        help_text="As in the catalog: the User entity of the same name is this person.",
        widget=forms.TextInput(attrs=INPUT),
    )
    role = forms.ChoiceField(
        label="Role", choices=Role.choices, initial=Role.DEVELOPER, widget=forms.Select(attrs=INPUT)
    )
    teams = forms.CharField(
        label="Teams",
        required=False,
        help_text="Group references beyond what the catalog says, separated by spaces.",
        widget=forms.TextInput(attrs={**INPUT, "placeholder": "group:default/orders-team"}),
    )


class RoleForm(forms.Form):
    """Another role for somebody."""

    role = forms.ChoiceField(choices=Role.choices)
