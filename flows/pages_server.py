"""The pages of reports/ by HTTP, for this machine's own browser.

    python -m flows.pages_server --port 8001

A page elsewhere can have its own name lead to this address (DNS rebinding) and would then read reports as its own: only
requests for this machine's names are answered.
"""

import argparse
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from flows.services import StoppedError, signals_raise
from popularity import paths

OURS = {"127.0.0.1", "localhost", "::1"}


class OfThisMachine(SimpleHTTPRequestHandler):
    """Files of a folder, for requests whose Host header names this machine."""

    def parse_request(self) -> bool:
        """Whether to go on; a foreign name is answered here."""
        if not super().parse_request():
            return False
        if _name(self.headers.get("Host", "")) not in OURS:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "ask for 127.0.0.1 or localhost")
            return False
        return True


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Serve reports/ to browsers of this machine.", epilog="example: python -m flows.pages_server"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where it listens (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8001, help="its port (8001)")
    chosen = parser.parse_args()
    paths.REPORTS.mkdir(exist_ok=True)
    handler = partial(OfThisMachine, directory=str(paths.REPORTS))
    try:
        with signals_raise(), ThreadingHTTPServer((chosen.host, chosen.port), handler) as server:
            server.serve_forever()
    except StoppedError:
        pass


if __name__ == "__main__":
    main()
