#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run a command; a database that is not there is a sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        sys.exit("Django is not here. Run make up once, and then .venv/bin/python manage.py …")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).partition("\n")[0]
        sys.exit(f"PostgreSQL does not answer: {reason}. Start the portal with make up, or change DATABASE_URL.")


if __name__ == "__main__":
    main()
