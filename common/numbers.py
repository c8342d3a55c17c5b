"""Numbers in query strings."""


def parse_digits(text: str, *, most: int) -> int | None:
    """``text`` as a number of ASCII digits, ``most`` for anything larger; None when it is something else.

    Python alone would take digits of any script, and fail on more than 4,300 of them.
    """
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    return most if len(digits) > len(str(most)) else min(int(digits), most)
