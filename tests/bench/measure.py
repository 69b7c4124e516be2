"""What a request costs: processor time of all server processes, out of /proc, under load from wrk."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import children

HERE = Path(__file__).parent
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
CONNECTIONS = 8


@dataclass(frozen=True)
class Cost:
    """Requests sent, milliseconds of processor time each took in all server processes, and how many went wrong."""

    requests: int
    cpu: float
    wrong: int

    def __add__(self, other: Cost) -> Cost:
        requests = self.requests + other.requests
        cpu = (self.cpu * self.requests + other.cpu * other.requests) / max(requests, 1)
        return Cost(requests, cpu, self.wrong + other.wrong)


def cpu_ms(roots: Iterable[int]) -> float:
    """User and system time so far of these processes, of their living children, and of those that have ended."""
    return sum(_own(root, ended=True) + sum(_own(child) for child in children(root)) for root in roots)


def _own(pid: int, *, ended: bool = False) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in fields[11 : 15 if ended else 13]) * TICK_MS


def pss_mb(pid: int) -> float:
    """Memory of a process, what it shares counted by its share."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    match = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert match
    return int(match[1]) / 1024


def get(port: int, lines: Sequence[str], roots: Sequence[int], seconds: float, folder: Path) -> Cost:
    """Load of GET requests, rotating over the lines (see rotate.lua)."""
    return _load(port, "rotate.lua", lines, roots, seconds, folder)


def post(port: int, lines: Sequence[str], roots: Sequence[int], seconds: float, folder: Path) -> Cost:
    """Load of forms, rotating over the lines, each sent with new keys (see post.lua)."""
    return _load(port, "post.lua", lines, roots, seconds, folder)


def _load(port: int, script: str, lines: Sequence[str], roots: Sequence[int], seconds: float, folder: Path) -> Cost:
    requests = folder / "requests"
    requests.write_text("\n".join(lines) + "\n")
    before = cpu_ms(roots)
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(HERE / script), f"http://127.0.0.1:{port}", "--",
         str(requests), str(os.getpid())],
        check=True, capture_output=True, text=True, timeout=seconds + 30,
    ).stdout  # fmt: skip
    spent = cpu_ms(roots) - before
    count = _number(r"(\d+) requests in", said)
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", said))
    return Cost(count, spent / max(count, 1), _number(r"Non-2xx or 3xx responses: (\d+)", said) + errors)


def _number(pattern: str, text: str) -> int:
    match = re.search(pattern, text)
    return int(match[1]) if match else 0
