"""A server that answers as CoreNLP 4.5 does: a sentence a line, its class as text.

`python corenlp_server.py ... -port N ...` takes the arguments that Java is given for CoreNLP's own.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

MAX_CHARACTERS = 100_000  # CoreNLP's own default


class CoreNlpHandler(BaseHTTPRequestHandler):
    broken = False
    says: str | None = None  # instead of an answer as CoreNLP's

    def do_GET(self) -> None:
        self.answer(b"pong\n", "text/plain")

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if len(text) > MAX_CHARACTERS:
            self.send_error(413, "Request is too long")
            return
        properties = parse_qs(urlparse(self.path).query)["properties"][0]
        assert "'ssplit.eolonly': 'true'" in properties
        assert "'outputFormat': 'json'" in properties
        assert "sentiment" in properties
        classes = ["4" if "love" in line else "0" if "hate" in line else "2" for line in text.split("\n")]
        sentences = [{"index": i, "sentiment": "-", "sentimentValue": value} for i, value in enumerate(classes)]
        answer = json.dumps({"sentences": sentences[1:] if self.broken else sentences})
        self.answer((self.says or answer).encode(), "application/json")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    port = int(sys.argv[sys.argv.index("-port") + 1])
    ThreadingHTTPServer(("localhost", port), CoreNlpHandler).serve_forever()
