"""A headless Chromium driven over its DevTools pipe, for tests in a real browser; no library, no network."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

needs_chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-pipe"
)


class Browser:
    """One page. Commands go to descriptor 3 of the browser, answers come from 4, each ended by a zero byte."""

    def __init__(self, profile: Path) -> None:
        down_read, self._down = os.pipe()
        self._up, up_write = os.pipe()
        command = " ".join(["exec chromium", _FLAGS, f"--user-data-dir={profile}", "3<&$DOWN 4>&$UP"])
        environment = os.environ | {"DOWN": str(down_read), "UP": str(up_write)}
        self._process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(down_read, up_write), env=environment, stderr=subprocess.DEVNULL
        )
        os.close(down_read)
        os.close(up_write)
        self._rest, self._number, self._session = b"", 0, ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable")
        self.console: list[str] = []
        self._ask("Log.enable")

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._down, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            if answer.get("method") == "Log.entryAdded":
                self.console.append(answer["params"]["entry"]["text"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._up, 1 << 20)
            assert data, "the browser ended"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def screen(self, width: int, *, dark: bool = False, height: int = 900) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 700
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])

    def scripts_off(self) -> None:
        self._ask("Emulation.setScriptExecutionDisabled", value=True)

    def open(self, address: str) -> None:
        self._ask("Page.navigate", url=address)
        self.wait(lambda: self.run("document.readyState") == "complete" and self.run("location.href") != "about:blank")

    def run(self, expression: str) -> Any:
        """The expression's value; the page's own scripts may be off all the same."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def act(self, expression: str) -> None:
        """Something that leads to another page."""
        before = self.run("performance.timeOrigin")
        self.run(expression)
        self.wait(
            lambda: self.run("performance.timeOrigin") != before and self.run("document.readyState") == "complete"
        )

    def wait(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "the browser did not get there"
            time.sleep(0.05)

    def key(self, name: str) -> None:
        code, text = _KEYS[name]
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=name, code=name, text=text, windowsVirtualKeyCode=code)

    def picture(self, path: Path, part: tuple[int, int, int, int] | None = None) -> None:
        """The page, or the part of it from a left and a top on, so wide and so high."""
        clip = (
            {} if part is None else {"clip": dict(zip(("x", "y", "width", "height"), part, strict=True)) | {"scale": 1}}
        )
        shot = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, **clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        os.close(self._down)
        self._process.terminate()
        self._process.wait(timeout=30)
        os.close(self._up)


_KEYS = {"Tab": (9, ""), "Enter": (13, "\r")}
