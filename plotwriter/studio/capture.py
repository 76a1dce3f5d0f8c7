"""The capture page: a person writes some words, and each is on disk before the next is shown.

    GET  /TOKEN/        the page            GET /TOKEN/state   what is saved already
    POST /TOKEN/word    one word, or that it is skipped

It listens on the loopback only, its address holds a secret, and it answers no page from elsewhere: Host and Origin must be its own
(a page of a stranger in the same browser can neither guess the address nor pass for ours by DNS rebinding).
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from plotwriter.config import read_text
from plotwriter.errors import FileError
from plotwriter.exchange import write_atomically
from plotwriter.inkfiles.json_forms import CAPTURE, capture
from plotwriter.inkfiles.safe import json_value
from plotwriter.inkfiles.sample import Problem
from plotwriter.studio.prompts import PROMPTS

__all__ = ["GUIDE", "Capture", "CaptureServer", "page"]

GUIDE = {"baseline": 170, "x_height": 52}  # px of a sheet of 900 by 260
MAX_BODY = 4 * 2**20  # bytes of one word; a slow writer makes some 50 kB
PATIENCE = 30.0  # s that a request may take to arrive
LOCAL = "127.0.0.1"


def page(name: str, *, server: bool, prompts: Sequence[str] = PROMPTS) -> str:
    """The page as HTML, whole in one file.

    Args:
        name: of the style
        server: False for a file that keeps words in the browser and exports them
        prompts: what is to be written
    """
    config = json.dumps({"name": name, "server": server, "guide": GUIDE, "prompts": list(prompts)}).replace("<", "\\u003c")
    before, _, after = (Path(__file__).parent / "capture.html").read_text(encoding="utf-8").split("/*CONFIG*/")
    return before + config + after


@dataclass(eq=False)
class Capture:
    """The words so far, and the file that has them."""

    name: str
    path: Path
    prompts: tuple[str, ...] = PROMPTS
    words: dict[int, dict[str, Any]] = field(default_factory=dict)  #: by prompt

    @classmethod
    def resume(cls, name: str, path: Path, prompts: Sequence[str] = PROMPTS) -> Capture:
        """What a file has already; none yet where there is no file.

        Raises:
            FileError: a file that is not a capture, or one of other prompts
        """
        found = cls(name, path, tuple(prompts))
        if path.exists():
            try:
                value = json_value(read_text(path))
                if not isinstance(value, dict) or CAPTURE not in value:
                    raise Problem("not a capture")
                capture(value)
            except Problem as problem:
                raise FileError(f"{path}: {problem}; give another file with -o, or move it away") from None
            for row in value["samples"]:
                k = row.get("prompt")
                if not isinstance(k, int) or not 0 <= k < len(prompts) or prompts[k] != row["text"]:
                    raise FileError(f"{path}: has {row['text']!r:.40} for another list of prompts; give another file with -o")
                found.words[k] = row
        return found

    def value(self) -> dict[str, Any]:
        """The capture as JSON."""
        return {CAPTURE: 1, "name": self.name, "guide": GUIDE, "samples": [self.words[k] for k in sorted(self.words)]}

    def keep(self, message: Any) -> None:
        """Take in one word, or that it is skipped, and save.

        Raises:
            Problem: not such a message
            FileError: the file cannot be written
        """
        k = message.get("prompt") if isinstance(message, dict) else None
        if not isinstance(k, int) or isinstance(k, bool) or not 0 <= k < len(self.prompts):
            raise Problem(f"no prompt {k!r}")
        sample = message.get("sample")
        words = {key: row for key, row in self.words.items() if key != k}
        if sample is not None:
            if not isinstance(sample, dict):
                raise Problem("a sample that is no table")
            words[k] = {"prompt": k, "text": self.prompts[k], "strokes": sample.get("strokes")}
            capture({**self.value(), "samples": [words[k]]})
        self.words = words
        write_atomically(self.path, json.dumps(self.value(), ensure_ascii=False).encode())


class CaptureServer:
    """The page and what it saves, on a port of the loopback."""

    def __init__(self, state: Capture, port: int = 0, on_word: Callable[[int], None] | None = None) -> None:
        """Begin to listen; 0: any free port.

        Raises:
            FileError: the port is taken
        """
        self.state, self.token = state, secrets.token_urlsafe(24)
        self.lock, self.on_word = threading.Lock(), on_word
        handler = type("Handler", (_Handler,), {"owner": self})
        try:
            self.http = ThreadingHTTPServer((LOCAL, port), handler)
        except OSError as error:
            raise FileError(f"port {port} of {LOCAL}: {error.strerror or error}; give another --port") from None
        self.http.daemon_threads = True
        self.hosts = {f"{name}:{self.http.server_port}" for name in (LOCAL, "localhost")}

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{LOCAL}:{self.http.server_port}/{self.token}/"

    def serve(self) -> None:
        """Answer until `close`."""
        self.http.serve_forever(poll_interval=0.1)

    def close(self) -> None:
        """Stop listening."""
        self.http.shutdown()
        self.http.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: CaptureServer
    timeout = PATIENCE
    server_version, sys_version = "plotwriter", ""
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """The page, or what is saved."""
        what = self._allowed()
        if what == "":
            self._answer(
                HTTPStatus.OK, page(self.owner.state.name, server=True, prompts=self.owner.state.prompts), "text/html; charset=utf-8"
            )
        elif what == "state":
            with self.owner.lock:
                text = json.dumps(self.owner.state.value())
            self._answer(HTTPStatus.OK, text, "application/json")
        elif what is not None:
            self._answer(HTTPStatus.NOT_FOUND, "there is no such page")

    def do_POST(self) -> None:
        """One word."""
        what = self._allowed()
        if what is None:
            return
        size = self.headers.get("Content-Length", "")
        if what != "word":
            self._answer(HTTPStatus.NOT_FOUND, "there is no such page")
        elif not self.headers.get("Origin"):
            self._answer(HTTPStatus.FORBIDDEN, "no origin")
        elif self.headers.get_content_type() != "application/json":
            self._answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not JSON")
        elif not size.isdecimal() or len(size) > 9 or int(size) > MAX_BODY:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a word of more than {MAX_BODY} bytes, or of unknown length")
        else:
            try:
                message = json_value(self.rfile.read(int(size)).decode())
                with self.owner.lock:
                    self.owner.state.keep(message)
                    n = len(self.owner.state.words)
            except (Problem, UnicodeDecodeError) as problem:
                self._answer(HTTPStatus.BAD_REQUEST, str(problem))
                return
            except FileError as error:
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
                return
            if self.owner.on_word:
                self.owner.on_word(n)
            self._answer(HTTPStatus.OK, json.dumps({"saved": n}), "application/json")

    def _allowed(self) -> str | None:
        """What is asked for behind the token; None where the answer was no."""
        origin = self.headers.get("Origin")
        if self.headers.get("Host", "") not in self.owner.hosts:
            self._answer(HTTPStatus.FORBIDDEN, "another host")
            return None
        if origin is not None and origin.removeprefix("http://") not in self.owner.hosts:
            self._answer(HTTPStatus.FORBIDDEN, "another origin")
            return None
        _, _, rest = self.path.partition("/")
        token, slash, what = rest.partition("/")
        if not slash or not hmac.compare_digest(token.encode(), self.owner.token.encode()):
            self._answer(HTTPStatus.NOT_FOUND, "there is no such page")
            return None
        return what

    def _answer(self, status: HTTPStatus, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the address is a secret."""
