"""The server of ``efficoder view``: Python's own, on the loopback address alone.

Nothing is written and nothing is run. Who has no token gets no page; the Host header is compared, so that another
site's name pointed at this machine (DNS rebinding) reads nothing; the policy of each page allows no script at all.
"""

import hmac
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from efficoder.errors import UsageError
from efficoder.view.site import Page, Site

HOST = "127.0.0.1"
_POLICY = (
    "default-src 'none'; style-src {style}; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_IDLE_S = 20.0
"""A connection that says nothing for so long is closed."""


class Server(ThreadingHTTPServer):
    """Serves ``site`` until ``shutdown``. Raises UsageError where the port is taken."""

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0) -> None:
        self.site = site
        self.token = secrets.token_urlsafe(24)
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise UsageError(f"port {port}: {error.strerror}; choose another with --port") from error

    @property
    def address(self) -> str:
        """Where the pages begin, token and all."""
        return f"http://{HOST}:{self.server_port}/{self.token}"

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(f"{name}:{self.server_port}" for name in (HOST, "localhost"))


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "efficoder"
    sys_version = ""
    timeout = _IDLE_S

    def do_GET(self) -> None:
        self._answer(self._page())

    def do_HEAD(self) -> None:
        self._answer(self._page(), body=False)

    def _page(self) -> Page:
        if self.headers.get_all("Host", []) != [self.headers.get("Host", "")]:
            return Page("Forbidden: one Host header is wanted.", 403, "text/plain")
        if self.headers["Host"].lower() not in self.server.hosts:
            return Page("Forbidden: this server answers to 127.0.0.1 and localhost alone.", 403, "text/plain")
        parts = urlsplit(self.path)
        token, _, rest = parts.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            return Page("Forbidden: the address lacks the token that `efficoder view` printed.", 403, "text/plain")
        return self.server.site.page(f"/{self.server.token}", rest, parts.query)

    def _answer(self, page: Page, *, body: bool = True) -> None:
        data = page.text.encode("utf-8", "backslashreplace")
        self.send_response(page.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        style = "'unsafe-inline'" if page.inline_style else "'self'"
        self.send_header("Content-Security-Policy", _POLICY.format(style=style))
        self.send_header("Content-Type", f"{page.kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the lines would hold the token."""
