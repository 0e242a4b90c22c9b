"""Configuration: the defaults of production; every value may be overridden by EVALSYS_*."""

from datetime import timedelta
from pathlib import Path

INSTANCE = Path(__file__).parent / "instance"
KEPT_SECRET = INSTANCE / "secret_key"


def kept_secret() -> str | None:
    """Return the key that `make run` made for this folder, None if it never ran here."""
    return KEPT_SECRET.read_text().strip() or None if KEPT_SECRET.is_file() else None


class Config:
    """Defaults for production. Without a SECRET_KEY the application refuses to start."""

    SECRET_KEY: str | None = kept_secret()
    SQLALCHEMY_DATABASE_URI = f"sqlite:///{INSTANCE / 'evalsys.sqlite3'}"
    DATA_DIR = str(INSTANCE)  # Uploads, results, attachments, signals of jobs.
    BABEL_DEFAULT_LOCALE = "zh"
    BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
    LOCALES = ("zh", "en")
    ORGANISATION = "云州市人民政府"  # Printed at the top of every citizen's page and sheet.
    SECTION_WORD = "科室"  # 科室 (chief: 科长), 处室 (处长) or 股室 (股长), in every text.
    PUBLIC_URL = "http://127.0.0.1:8000"  # What QR codes and one-time links begin with.
    HELP_PHONE = "12345"
    BASE_PERIOD = "quarter"  # month, quarter, half or year: the finest time a rating keeps.
    MAX_CONTENT_LENGTH = 8 * 1024 * 1024  # bytes
    ATTACHMENT_LARGEST = 6 * 1024 * 1024  # bytes of one file that comes with a step of a case
    ATTACHMENTS_AT_ONCE = 5  # files; all of them together within MAX_CONTENT_LENGTH
    # Bytes of a text field, and of what the parser of uploads may hold: it reads 64 KiB at a time,
    # beside the rest of the piece before. An upload larger than that fails with a smaller limit.
    MAX_FORM_MEMORY_SIZE = 256 * 1024
    PUBLIC_CONTENT_LENGTH = 64 * 1024  # bytes; what pages take that need no account
    LOG_LEVEL = "INFO"  # DEBUG also logs the watchdog's questions.
    PROXY_HOPS = 0  # How many reverse proxies stand in front of this server.
    SESSION_COOKIE_SECURE = False  # Set to true behind TLS: cookies then get the __Host- prefix.
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_IDLE = timedelta(minutes=30)
    SESSION_LONGEST = timedelta(hours=12)
    SECOND_FACTOR = "required"  # of all who decide, publish or administer; "offered": nobody must
    CONFIRMED_FOR = timedelta(minutes=10)  # Until the second factor is asked for again.
    BOOTSTRAP_SERVE_LOCAL = True
    WTF_CSRF_TIME_LIMIT = None  # A token lives as long as its session: a long form is never lost.
    WTF_CSRF_SSL_STRICT = False  # It asks for a Referer, and our pages send none, on purpose.
    WTF_I18N_ENABLED = False  # Our messages come from Flask-Babel: three times fewer look-ups.
    RATELIMIT_STORAGE_URI = "memory://"
    SMTP_HOST: str | None = None  # Without one no mail is sent; notices stand in the inbox only.
    SMTP_PORT: int | None = None  # By default that of the security: 25, 587 or 465.
    SMTP_SECURITY = "starttls"  # none, starttls or tls
    SMTP_USER: str | None = None  # None: the server takes mail without signing in.
    SMTP_PASSWORD: str | None = None
    MAIL_FROM: str | None = None  # The address from which mails come.
    JOBS_IMMEDIATE = False  # Run background jobs inside the request: for tests and tiny servers.


class TestConfig(Config):
    """Configuration of the test suite: no CSRF tokens, no throttles, jobs at once."""

    TESTING = True
    SECRET_KEY = "tests only"
    SQLALCHEMY_DATABASE_URI = "sqlite://"
    WTF_CSRF_ENABLED = False
    BABEL_DEFAULT_LOCALE = "en"
    RATELIMIT_ENABLED = False
    SECOND_FACTOR = "offered"
    JOBS_IMMEDIATE = True
