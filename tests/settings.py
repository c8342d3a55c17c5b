"""The portal's settings on the services of the tests.

PostgreSQL and Redis are real: those of DATABASE_URL and REDIS_URL, else embedded ones in CAIRN_TEST_DATA,
which stay up between runs.
"""

import os
from pathlib import Path

from portal.embedded import start_postgres, start_redis

_DATA = Path(os.environ.get("CAIRN_TEST_DATA", Path(__file__).resolve().parent.parent / ".test-data")).absolute()
_DATA.mkdir(parents=True, exist_ok=True)
os.environ["CAIRN_DATA"] = str(_DATA / "portal")
os.environ["CAIRN_DEMO"] = "0"
os.environ.setdefault("CAIRN_WEBHOOK_SECRET_GITHUB", "It's a Secret to Everybody")
if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = start_postgres(_DATA)
if "REDIS_URL" not in os.environ:
    os.environ["REDIS_URL"] = start_redis(_DATA)

from portal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
