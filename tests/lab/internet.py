"""The lab's internet: one host that answers every name, and the probes as their owners do.

usage: python internet.py ADDRESS LOG
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_APPLE = b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
_PROBES = {
    "/generate_204": (204, b""),
    "/gen_204": (204, b""),
    "/hotspot-detect.html": (200, _APPLE),
    "/connecttest.txt": (200, b"Microsoft Connect Test"),
    "/success.txt": (200, b"success\n"),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = _PROBES.get(urlsplit(self.path).path, (200, b"the internet\n"))
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(json.dumps([self.headers.get("Host"), self.path]) + "\n")
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], 80), _Handler).serve_forever()
