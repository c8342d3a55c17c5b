"""The kinds that this installation knows."""

from catalog.model.kinds import DEFAULT_KINDS, Kinds


def known_kinds() -> Kinds:
    """The built-in kinds."""
    return DEFAULT_KINDS
