"""A real headless Chromium, driven by the DevTools Protocol over a pipe: no driver, no port, no package.

Messages are JSON ended by a zero byte; Chromium reads file descriptor 3 and writes 4.
Source: Chromium, content/browser/devtools/devtools_pipe_handler.cc.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

__all__ = ["CHROMIUM", "Browser"]

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))), None)


class Browser:
    """One page of one browser."""

    def __init__(self, folder: Path) -> None:
        """Start it, with its profile in a folder of its own."""
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        flags = (
            "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking "
            f"--disable-component-update --remote-debugging-pipe --user-data-dir={folder} --window-size=1000,620 about:blank"
        )
        high_in, high_out = (fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in (theirs_in, theirs_out))  # clear of 3 and 4

        def place() -> None:
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([str(CHROMIUM), *flags.split()], pass_fds=(3, 4), preexec_fn=place, **quiet)
        os.close(high_in)
        os.close(high_out)
        os.close(theirs_in)
        os.close(theirs_out)
        self.read_from, self.write_to, self.rest, self.number = ours_in, ours_out, b"", 0
        self.session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.send("Page.enable")
        self.send("Network.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.read_from)
        os.close(self.write_to)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self.events.append(answer)

    def _receive(self, patience: float = 60.0) -> dict[str, Any]:
        end = time.monotonic() + patience
        while b"\0" not in self.rest:
            if not select.select([self.read_from], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.read_from, 1 << 16)
            if not part:
                raise RuntimeError("the browser has gone")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return dict(json.loads(message))

    def ask(self, script: str) -> Any:
        """The value of an expression on the page; a promise is waited for."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"])[:400])
        return answer["result"].get("value")

    def until(self, script: str, patience: float = 30.0) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + patience
        while not self.ask(script):
            if time.monotonic() > end:
                raise TimeoutError(script)

    def open(self, address: str) -> None:
        """Go to a page and wait until it is ready."""
        self.send("Page.navigate", url=address)
        self.until("document.body && document.body.dataset.ready === 'yes'")

    def click(self, id_: str) -> None:
        """Press a button as a pointer does."""
        box = f"document.getElementById('{id_}').getBoundingClientRect()"
        x, y = self.ask(f"[{box}.x + {box}.width / 2, {box}.y + {box}.height / 2]")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def pen(self, points: list[tuple[float, float]], force: float = 0.6) -> None:
        """Draw one stroke with a pen, in CSS px of the window."""
        common: dict[str, Any] = {"pointerType": "pen", "force": force}
        (x, y), *_ = points
        self.send("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", buttons=1, clickCount=1, **common)
        for x, y in points[1:]:
            self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1, **common)
        self.send("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1, **common)

    def picture(self, path: Path) -> None:
        """A screenshot as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))
