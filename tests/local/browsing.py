"""Debian's Chromium, driven by Playwright, and a server outside that must never hear of it."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest


class Outside:
    """A server on this machine that counts who connects, and what is asked."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self.heard: list[bytes] = []
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    line = connection.recv(200).split(b"\r\n")[0]
                except TimeoutError:
                    line = b""  # a connection alone, as a preconnect makes it
                self.heard.append(line)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def launched() -> Iterator[Any]:
    """Start Chromium; skip where it or Playwright is absent."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (the extra `dev` has it)")
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


def contrast(page: Any, selector: str) -> float:
    """Return the contrast of the first such element's text on its ground, as WCAG 2 counts it."""
    ratio: float = page.evaluate(
        """(selector) => {
          const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
          const light = ([r, g, b]) => {
            const linear = (c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
            const [x, y, z] = [r / 255, g / 255, b / 255].map(linear);
            return .2126 * x + .7152 * y + .0722 * z;
          };
          let element = document.querySelector(selector);
          const ink = light(numbers(getComputedStyle(element).color));
          while (element) {
            const ground = numbers(getComputedStyle(element).backgroundColor);
            if (ground.length === 3 || ground[3] > 0) {
              const [high, low] = [ink, light(ground)].sort((a, b) => b - a);
              return (high + .05) / (low + .05);
            }
            element = element.parentElement;
          }
          return 0;
        }""",
        selector,
    )
    return ratio
