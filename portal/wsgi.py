"""The entry point for WSGI servers."""

import os

from django.core.wsgi import get_wsgi_application

from portal import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")  # noqa: TID251

django = get_wsgi_application()  # first: what follows needs its settings

from catalog.api.recall import Recall  # noqa: E402

application = Recall(django)
env.complain()  # rather not start than run with a setting that was misread
