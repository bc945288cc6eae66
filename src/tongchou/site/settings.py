"""Settings: what differs between installations comes from the environment, everything else stands here."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from tongchou.site import embedded, postgres_place

HOME = postgres_place.home()
"""Everything that set-up and running make lies in this folder (`TONGCHOU_HOME`)."""

PACKAGE = Path(__file__).resolve().parents[1]
POLICIES = Path(os.environ.get("TONGCHOU_POLICIES", PACKAGE.parents[1] / "policies"))
EXCHANGE_FOLDER = Path(os.environ.get("TONGCHOU_EXCHANGE", HOME / "exchange"))
"""Shared folders with partners lie below it, unless their link names another place."""
GOLDEN_TABLES = Path(os.environ.get("TONGCHOU_GOLDEN_TABLES", PACKAGE / "policy" / "tests" / "golden"))

DEFAULT_SECRET_KEY = "only-for-the-invented-city-on-loopback-do-not-use-elsewhere"
SECRET_KEY = os.environ.get("TONGCHOU_SECRET_KEY", DEFAULT_SECRET_KEY)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TONGCHOU_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
BEHIND_TLS = bool(os.environ.get("TONGCHOU_TLS_CERT") or os.environ.get("TONGCHOU_BEHIND_TLS_PROXY"))

CHAPTERS = [
    "tongchou.kernel",
    "tongchou.platform",
    "tongchou.year_change",
    "tongchou.cases",
    "tongchou.wire",
    "tongchou.parameters",
    "tongchou.exchange",
    "tongchou.fund",
    "tongchou.enrolment",
    "tongchou.institutions",
    "tongchou.catalogue",
    "tongchou.contributions",
    "tongchou.encounters",
    "tongchou.settlement",
    "tongchou.lab",
    "tongchou.rights",
    "tongchou.simulator",
    "tongchou.site",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    *[chapter for chapter in CHAPTERS if chapter != "tongchou.kernel"],
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tongchou.site.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tongchou.platform.middleware.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "tongchou.site.whole_bodies.BrokenOff",
    "tongchou.site.wrong_doors.WrongDoor",
]

ROOT_URLCONF = "tongchou.site.urls"
WSGI_APPLICATION = "tongchou.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tongchou.site.shell.frame",
            ],
        },
    }
]
FORM_RENDERER = "tongchou.site.rendering.ChoicesInWords"


def database(url: str) -> dict[str, object]:
    """Django's description of a `postgresql://` address; a Unix socket folder comes as `?host=`."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options = {key: value for key, value in query.items() if key != "host"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3, **options},
        "TEST": {},
    }


DATABASES = {"default": database(os.environ.get("TONGCHOU_DATABASE_URL") or embedded.database_url(HOME))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "platform.Operator"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "tongchou.platform.authentication.OperatorBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

AXES_FAILURE_LIMIT = 5  # auth.max_fail
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "site/locked_out.html"
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # a whole office shares one address: lock the login, not the house

SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "site" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in (HOME / "static-vendor",) if folder.is_dir()]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TONGCHOU_LOG", "WARNING")},
}
