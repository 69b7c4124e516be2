"""`tests/bench/run`: what a page costs, on real servers on loopback, on both databases. Prints a table; no figure fails it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.bench import data, rows, servers
from tests.bench.goals import Row
from tests.bench.rows import Bench

from talkoot.config import load
from talkoot.testing import postgres
from talkoot.testing.postgres import Cluster

console = Console(width=100 if not sys.stdout.isatty() else None, highlight=False)


def main() -> None:
    """Measure what was asked for and print a table for each database."""
    asked = _arguments()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at each start
    folder = Path(tempfile.mkdtemp(prefix="talkoot-bench-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    try:
        with _database(folder, asked.database) as clusters:
            for name, cluster in clusters.items():
                console.print(name)
                found: list[Row] = []
                try:
                    for row in _measure(folder / name, cluster, asked):
                        found.append(row)
                finally:  # what was measured before an error, too
                    _show(name, found, asked)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="12 municipalities only, short loads: two minutes for one database"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, help="how long each round of load lasts; 1 with --quick, else 4")
    asked = parser.parse_args()
    asked.seconds = asked.seconds or (1 if asked.quick else 4)
    if shutil.which("wrk") is None:
        parser.error("wrk makes the load and is not installed: apt-get install wrk")
    return asked


@contextmanager
def _database(folder: Path, asked: str) -> Iterator[dict[str, Cluster | None]]:
    """The databases to measure on: PostgreSQL with the memory that a small server gives it."""
    found: dict[str, Cluster | None] = {} if asked == "postgresql" else {"SQLite": None}
    if asked == "sqlite":
        yield found
        return
    place = folder / "pg"
    place.mkdir()
    # The disk stays left out, as in the tests: processor time is measured, and a slow disk's stalls would end up in it.
    postgres.OPTIONS.update(
        shared_buffers="1GB", effective_cache_size="3GB", max_wal_size="4GB", autovacuum_naptime="1min"
    )
    try:
        yield {"PostgreSQL": postgres.start(place, os.getpid()), **found}
    finally:
        postgres.stop(place)


def _measure(folder: Path, cluster: Cluster | None, asked: argparse.Namespace) -> Iterator[Row]:
    small = _prepare(folder / "small", 12, cluster, asked.seconds)
    if asked.quick:
        yield from rows.run(small)
    else:
        large = _prepare(folder / "large", 308, cluster, asked.seconds)
        yield from rows.run(large)
        yield from rows.compared(large, small)
    yield rows.per_tenant(small)


def _prepare(instance: Path, municipalities: int, cluster: Cluster | None, seconds: float) -> Bench:
    """An installation of the demo at this scale."""
    values: dict[str, object] = {
        "secret_key": "signs nothing that outlives the measurement",
        "demo": True,
        "proxy_count": 1,
    }
    if cluster is not None:
        cluster.create(instance.name)
        values |= {"database_url": cluster.url(instance.name), "owner_database_url": cluster.owner_url(instance.name)}
    servers.write_settings(instance, **values)
    _share_words(instance)
    began = time.monotonic()
    data.load_demo(instance, municipalities)
    console.print(f"  {municipalities} municipalities loaded in {time.monotonic() - began:.0f} s", style="dim")
    pids = [int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])] if cluster else []
    return Bench(instance, load(instance), pids, seconds, lambda what: console.print(f"  {what} …", style="dim"))


def _share_words(instance: Path) -> None:
    """The base forms of words are compiled once for all installations of a run."""
    shared = instance.parents[1] / "lemmas"
    shared.mkdir(exist_ok=True)
    (instance / "lemmas").symlink_to(shared)


def _show(database: str, found: Sequence[Row], asked: argparse.Namespace) -> None:
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    table = Table(title=f"{database}, {'12' if asked.quick else '308'} municipalities, {machine}")
    table.add_column("processor time per request, unless another unit stands there")
    table.add_column("found", justify="right")
    table.add_column("goal", justify="right")
    table.add_column("")
    for row in found:
        goal = "" if row.goal is None else f"≤ {row.goal:g} {row.unit}"
        table.add_row(
            row.name, f"{row.value:.2f} {row.unit}", goal, row.verdict, style="red" if row.verdict == "over" else None
        )
    console.print(table)


if __name__ == "__main__":
    main()
