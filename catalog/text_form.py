"""A declaration as the texts of a form: what was typed stays, and what is wrong stands beside its field. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from common.errors import FieldError


@dataclass(frozen=True, slots=True)
class TextForm:
    """The texts by the name of their field, and what is wrong with each."""

    texts: Mapping[str, str]
    errors: Mapping[str, list[FieldError]] = field(default_factory=dict)

    def with_errors(self, errors: Iterable[FieldError]) -> "TextForm":
        """The same texts with ``errors``; one about no field stands beside the first."""
        grouped: dict[str, list[FieldError]] = {}
        for error in errors:
            name = error.path.partition(".")[0]
            grouped.setdefault(name if name in self.texts else next(iter(self.texts)), []).append(error)
        return replace(self, errors=grouped)


def typed_form(given: Mapping[str, str], names: Sequence[str]) -> TextForm:
    """What somebody has typed into the fields ``names``."""
    return TextForm({name: str(given.get(name, "")).replace("\r\n", "\n") for name in names})
