"""Every setting, read top to bottom. Values come from the environment through portal/env.py."""

from pathlib import Path

from portal import env
from portal.data_folder import told
from portal.log_config import configure_structlog, logging_config
from portal.schedule import schedule
from portal.secrets import data_secret

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where things live -------------------------------------------------------------------------

#: Folder for everything that must survive a restart of a one-machine installation.
DATA_DIR = env.path("CAIRN_DATA", BASE_DIR / "data")
env.adopt(lambda: told(DATA_DIR))  # commands beside a portal that runs find it
#: Where `manage.py up` listens, and with how many processes.
HOST, PORT = env.text("CAIRN_HOST", "127.0.0.1"), env.number("CAIRN_PORT", 8000, least=1, most=65535)
WEB_WORKERS = env.number("CAIRN_WEB_WORKERS", 2, least=1, most=64)
RUN_SLOTS = env.number("CAIRN_RUN_SLOTS", 2, least=1, most=64)
BASE_URL = env.text("CAIRN_BASE_URL", f"http://127.0.0.1:{PORT}")
DEMO = env.flag("CAIRN_DEMO", True)
APP_CONFIG = env.words("CAIRN_APP_CONFIG")
#: For ${NAME} in those files.
APP_CONFIG_ENVIRONMENT = env.environment()

# --- Security ----------------------------------------------------------------------------------

DEBUG = env.flag("CAIRN_DEBUG", False)
SECRET_KEY = env.text("CAIRN_SECRET_KEY") or data_secret(DATA_DIR, "secret-key")
#: Encrypts secrets and Terraform state at rest; apart from SECRET_KEY so that either can be rotated alone.
ENCRYPTION_KEYS = env.words("CAIRN_ENCRYPTION_KEYS") or (data_secret(DATA_DIR, "encryption-key"),)
ALLOWED_HOSTS = list(env.words("CAIRN_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]")))
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
# Two portals on one host and different ports share the cookie jar.
SESSION_COOKIE_NAME = env.text("CAIRN_SESSION_COOKIE", f"cairn_session_{BASE_URL.rsplit(':', 1)[-1].strip('/')}")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("CAIRN_BEHIND_TLS_PROXY", False) else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "frame-src": ["'self'"],
    }
}

# --- Applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "metrics",
    "provisioning",
    "catalog",
    "runs",
    "audit",
    "integrations",
    "accounts",
    "common",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "django_vite",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
]
AUTH_USER_MODEL = "accounts.User"

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "common.middleware.RequestIdMiddleware",
    "catalog.api.direct.TokenRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "common.middleware.ErrorMiddleware",
    "common.confirm.ConfirmMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.shell.shell",
            ],
            "builtins": ["common.templatetags.ui", "template_partials.templatetags.partials"],
        },
    }
]

# --- State -------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **env.postgres("DATABASE_URL"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.cache_url(REDIS_URL)}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # a lost Redis must not sign people out

# --- Sign-in -----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
SOCIALACCOUNT_PROVIDERS = env.openid_connect()
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- API ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.auth.TokenAuthentication", "accounts.auth.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.auth.IsSignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cairn",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api_schema.with_plain_views",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Work --------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # rows say what is to be done; a message is only a knock on the door
CELERY_TASK_DEFAULT_QUEUE = "control"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False  # the outbox tries again
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 10}
RUN_LEASE_SECONDS = env.number("CAIRN_RUN_LEASE_SECONDS", 30, least=2)
RUN_SLOTS_PER_TEAM = env.number("CAIRN_RUN_SLOTS_PER_TEAM", 4, least=1)
RUN_SWEEP_SECONDS = env.number("CAIRN_RUN_SWEEP_SECONDS", 5, least=1)
DRIFT_HOURS = env.number("CAIRN_DRIFT_HOURS", 24, least=0)
CELERY_BEAT_SCHEDULE = schedule(sweep_seconds=RUN_SWEEP_SECONDS)

# --- Outside systems ---------------------------------------------------------------------------

#: The terraform or tofu binary; a name is looked up on PATH.
TERRAFORM_BINARY = env.text("CAIRN_TERRAFORM", "terraform")
#: A filesystem mirror of providers; empty means: look in the usual places, else the registry.
TERRAFORM_PLUGIN_MIRROR = env.text("CAIRN_TERRAFORM_MIRROR")
#: What modules of sources that are not trusted may use.
BLUEPRINT_PROVIDERS = env.words(
    "CAIRN_BLUEPRINT_PROVIDERS", ("hashicorp/aws", "hashicorp/random", "hashicorp/time", "hashicorp/tls")
)
#: Where workers on this machine reach the web processes: Terraform keeps its state there.
INTERNAL_URL = env.text("CAIRN_INTERNAL_URL", BASE_URL)
#: The cloud account that Terraform works on, in the names that AWS tools read.
AWS_ENVIRONMENT = env.named(
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CA_BUNDLE",
)
#: Keys of more accounts, which name a prefix: PROD_AWS_ACCESS_KEY_ID and so on.
CLOUD_CREDENTIALS = env.ending_with("_AWS_ACCESS_KEY_ID", "_AWS_SECRET_ACCESS_KEY", "_AWS_SESSION_TOKEN")
#: Programs that accounts may name to print short-lived credentials, by their full path.
CREDENTIAL_COMMANDS = env.words("CAIRN_CREDENTIAL_COMMANDS")
KUBECONFIG = env.text("CAIRN_KUBECONFIG")
#: Hosts and networks that outgoing requests may reach although they are private, as host or CIDR.
HTTP_ALLOW_PRIVATE = env.words("CAIRN_HTTP_ALLOW_PRIVATE")
#: For so long entities that were removed can be brought back.
CATALOG_GRACE_DAYS = env.number("CAIRN_CATALOG_GRACE_DAYS", 30, least=0)
WEBHOOK_SECRETS = env.webhook_secrets()

#: Webhooks may have 25 MB; everything smaller has a limit of its own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 26 * 1024 * 1024

# --- Pages -------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.path("CAIRN_STATIC_ROOT", BASE_DIR / "staticfiles")
# Only what is served: sources of styles and scripts stay out.
STATICFILES_DIRS = [("dist", BASE_DIR / "static/dist"), ("img", BASE_DIR / "static/img")]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
DJANGO_VITE = {"default": {"manifest_path": BASE_DIR / "static/dist/manifest.json", "static_url_prefix": "dist"}}

# --- Logs --------------------------------------------------------------------------------------

LOG_FORMAT = env.text("CAIRN_LOG_FORMAT", "text")
LOG_LEVEL = env.text("CAIRN_LOG_LEVEL", "INFO")
LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL)
configure_structlog()
#: The id that RequestIdMiddleware has put into the header, so that log, page and answer name the same one.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
