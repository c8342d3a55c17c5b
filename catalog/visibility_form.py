"""A rule of visibility as the texts of a form, a filter or a person in each line. Pure."""

from typing import Any

from catalog.model.visibility import FIELDS, OWNERS, Rule
from catalog.text_form import TextForm


def empty_form() -> TextForm:
    """A form with something to begin from."""
    return TextForm({"name": "", "filter": "", "visibleTo": OWNERS})


def form_of(rule: Rule) -> TextForm:
    """A rule that is there."""
    people = "\n".join(sorted(rule.visible_to))
    return TextForm(dict(zip(FIELDS, (rule.name, "\n".join(rule.filters), people), strict=True)))


def declaration_in(form: TextForm) -> dict[str, Any]:
    """The declaration that the texts are; nothing says that it can be used."""
    texts = form.texts
    people = [one.strip() for line in texts["visibleTo"].splitlines() for one in line.split(",") if one.strip()]
    return {"name": texts["name"].strip(), "filter": texts["filter"], "visibleTo": people}
