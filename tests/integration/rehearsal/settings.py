"""The portal's settings with the rehearsal's pipeline."""

from portal.settings import *  # noqa: F403
from portal.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.integration.rehearsal.apps.RehearsalConfig"]
