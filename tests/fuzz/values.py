"""What has broken programs before, and what a page itself offers to send."""

from collections import defaultdict
from html.parser import HTMLParser

WORDS: tuple[str, ...] = (
    *("", " ", "0", "1", "-1", "00", "1.5", "1e9", "NaN", "9" * 24, "true", "null", "on", "y"),
    *("\x00", "a\x00b", "\ufeff", "\u202e", "𠮷", "\U0001f600" * 9, "é", "ſ", "İ", ",", ";", "\t"),
    *("\r\nSet-Cookie: a=b", "'", "\"';--", "%s%d%(x)s", "{{7*7}}", "{0}", "<script>", "[]", "{}"),
    *("../../etc/passwd", "//other.example", "=1+1", "@SUM(A1)", "a" * 5000, "王" * 3000),
    *("2026-02-30", "2026-11-24", "0000-00-00", "9999-12-31", "24.11.2026", "9999999"),
    *("2026-Q3", "2026-Q9", "2026", "S-own", "S-foreign", "SP", "hr", "published", "00001"),
)
TYPES = (
    *("application/x-www-form-urlencoded", "multipart/form-data", "application/json", None),
    *("multipart/form-data; boundary=x", "text/plain; charset=utf-99", "\u00e9"),
)
BYTES = (
    *(b"", b"PK\x03\x04", b"\xff\xfe", b"a,b\n1,2\n", b"\x00" * 100, b"%PDF-1.7"),
    "姓名,工号\n".encode("gbk"),
    b"&&==%%%zz=%ff&\xff=1",
)
FILES = ("a.xlsx", "a.csv", "", "../a", "\x00.csv")
QUERIES = ("page", "q", "sort", "section", "organ", "period", "state", "kind", "lang", "next", "to")
HOSTS = (
    "a" * 300,
    "x" * 70 + ".cn",
    "[::1",
    "a..b",
    "例子.测试",
    "[1]:99999",
    "a b",
    "-",
    "%0",
)
HEADERS: dict[str, tuple[str, ...]] = {
    "Host": HOSTS,
    "X-Forwarded-Host": HOSTS,
    "Cookie": ("session=;ticket=;lang=", "session=a.b.c; ticket=\u00e9", "lang=tlh", "=", ";" * 99),
    "Accept-Language": ("*", "zh;q=x", "x" * 2000, ",,,;;;", "\u00e9"),
    "Range": ("bytes=9-1", "bytes=a-b", "items=0-5", "bytes=0-0,1-1,2-2"),
    "If-None-Match": ('"', "*", 'W/"', '""'),
    "If-Modified-Since": ("yesterday", "Thu, 32 Foo 2026 99:99:99 GMT"),
    "Content-Length": ("-1", "abc", "0"),
    "X-Forwarded-For": ("nobody", "1.2.3.4, " * 90),
    "Transfer-Encoding": ("chunked", "nothing"),
    "Sec-Purpose": ("prefetch",),
}


class Fields(HTMLParser):
    """The fields of a page, each with the values that the page offers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = defaultdict(list)
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            self.values[self._select].append(given.get("value", ""))
        elif tag in {"input", "textarea", "button"} and given.get("name"):
            self.values[given["name"]].append(given.get("value", ""))
