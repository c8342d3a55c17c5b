"""Parts of addresses."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class AnythingConverter(StringConverter):
    """The rest of an address, whatever is in it; ``path`` would leave line ends to nobody."""

    regex = "(?s:.+)"


register_converter(AnythingConverter, "anything")
