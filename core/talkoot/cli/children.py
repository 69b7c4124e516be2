"""Child processes that live and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

END_SECONDS = 30
LOG_BYTES = 5_000_000


class Children:
    """Starts processes by name, waits until one ends or a signal comes, and ends all of them, politely first.

    Each has its own session, so that Ctrl-C reaches only us and they get one SIGTERM, which lets them finish their work.
    """

    def __init__(self, instance: Path, *, to_files: bool) -> None:
        self.folder, self.to_files = instance / "logs", to_files
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._asked = threading.Event()
        self._handlers: dict[int, Any] = {}
        self._files = ExitStack()

    def __enter__(self) -> Children:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._files.close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process; its output goes to `logs/<name>.log` or where ours goes."""
        output = self._log(name) if self.to_files else None
        self._running[name] = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def _log(self, name: str) -> Any:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return self._files.enter_context(path.open("ab"))

    def first_ended(self) -> str | None:
        """The name of a process that has ended, or None."""
        return next((name for name, process in self._running.items() if process.poll() is not None), None)

    def wait(self) -> str | None:
        """Wait until somebody asks to stop (None) or a process ends by itself (its name)."""
        while not self._asked.wait(0.3):
            if name := self.first_ended():
                return name
        return None

    def end(self) -> None:
        """Ask all to finish, the last started first; after half a minute they are killed."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.terminate()
        for process in self._running.values():
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def hint(self, name: str) -> str:
        """Where to look for the reason."""
        return f"The reason is in {self.folder / f'{name}.log'}" if self.to_files else "The reason is told above."
