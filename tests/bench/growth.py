"""What grows with sites, with connections, with cores, and with strangers."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from portal.snapshot import SITES
from portal.stores import open_store
from portal.stores.base import Document
from tests.bench.load import LOADER, SERVER, Target, family, memory
from tests.bench.results import Results, number_of
from tests.nginx import edge_config, includes, nginx
from tests.serving import Portal, add_site, free_port, serving

NUMBERS = (10, 1_000, 100_000)
CONNECTIONS = (1, 16, 50, 200)
SECONDS = 3
STRANGERS = 200_000
KEY = "k" * 32


def main(results: Results) -> None:
    """Measure, and write it down."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        _sites(results, Path(name))
        _connections(results, Path(name) / "connections")
        _strangers(results, Path(name) / "strangers")


@contextmanager
def _pinned(data: Path, cores: str = str(SERVER), **settings: object) -> Iterator[Portal]:
    """Run the portal on some cores only."""
    settings = {"workers": 1, "secret_key": KEY, "log_level": "warning"} | settings
    with serving(data, **settings) as portal:  # type: ignore[arg-type]
        for pid in family(portal.process.pid):
            command = ["taskset", "-a", "-cp", cores, str(pid)]
            subprocess.run(command, check=True, capture_output=True)
        yield portal


def _sites(results: Results, folder: Path) -> None:
    table = results.table(
        "With more sites",
        "One worker; every notice is another site's, at random. Start: from the command until"
        " /readyz answers. Memory: of the worker, shared pages in shares.",
        "sites", "start s", "memory MB", "notices/s", "p99 ms",
    )  # fmt: skip
    for number in NUMBERS:
        data = folder / f"sites{number}"
        ids = _fill(data, number)
        begin = time.monotonic()
        with _pinned(data) as portal:
            seconds = time.monotonic() - begin
            paths = [f"/s/{id}" for id in Random(1).choices(ids, k=20_000)]
            target = Target(folder, f"sites{number}", portal.port, paths)
            target.load(1)
            load = target.load(SECONDS)
            worker = family(portal.process.pid)[-1]
            table.add(
                number_of(number),
                number_of(seconds, 1),
                number_of(memory(worker)),
                number_of(load.rate),
                number_of(load.p99, 1),
            )


def _fill(data: Path, number: int) -> list[str]:
    """Write ``number`` sites; return their ids."""
    add_site(data, id="site-0", name="Bến xe khách Bảo Lâm")
    store = open_store("sqlite:", data)
    (first,) = store.documents(SITES).values()
    ids = [f"site-{n}" for n in range(number)]
    sites = {id: Document(1, {**first.body, "id": id, "name": f"Điểm {id}"}) for id in ids}
    store.replace_documents(SITES, sites)
    store.close()
    return ids


def _connections(results: Results, folder: Path) -> None:
    table = results.table(
        "With more connections, and two cores",
        "One worker of each on one core, which also reads nginx's log meanwhile; “two cores”: two"
        " workers of each on both, and the load there, too, as this machine has no more.",
        "connections", "notice/s", "p99 ms", "edge notice/s", "p99 ms",
    )  # fmt: skip
    for workers, cores in ((1, (LOADER,)), (2, (SERVER, LOADER))):
        data, outside = folder / f"data{workers}", free_port()
        add_site(data, id="demo", name="Bến xe khách Bảo Lâm")
        where = ",".join(map(str, {SERVER} if workers == 1 else {SERVER, LOADER}))
        url = f"http://127.0.0.1:{outside}"
        settings = {"public_url": url, "trusted_proxies": "127.0.0.1", "workers": workers}
        with _pinned(data, where, **settings) as portal:
            http, server = includes(edge_config(data, folder / str(workers), portal.port, url))
            prefix = ("taskset", "-c", where)
            place = folder / f"nginx{workers}"
            with nginx(place, http, server, port=outside, workers=workers, prefix=prefix):
                plain = Target(folder, "plain", portal.port, ["/s/demo"])
                edge = Target(folder, "edge", outside, ["/s/demo"])
                for connections in CONNECTIONS if workers == 1 else (50,):
                    found = []
                    for target in (plain, edge):
                        target.load(1, connections, cores)
                        load = target.load(SECONDS, connections, cores)
                        found += [number_of(load.rate), number_of(load.p99, 1)]
                    words = "" if workers == 1 else ", two cores"
                    table.add(f"{connections}{words}", *found)


def _strangers(results: Results, folder: Path) -> None:
    table = results.table(
        "With strangers",
        f"{number_of(STRANGERS)} notices for as many agents that nobody has had before, each with a"
        " new view: what the worker holds before and after.",
        "", "memory MB",
    )  # fmt: skip
    folder.mkdir(exist_ok=True)
    data = folder / "data"
    add_site(data, id="demo", name="Bến xe khách Bảo Lâm")
    os.environ["GUNICORN_CMD_ARGS"] = "--max-requests 0"  # the same worker to the end
    with _pinned(data) as portal:
        target = Target(folder, "strangers", portal.port, ["/s/demo"])
        agents = (
            f"Mozilla/5.0 (Linux; Android 12; {secrets.token_hex(6)}) AppleWebKit/537.36 (KHTML,"
            f" like Gecko) Chrome/{n % 90 + 40}.0.{n}.0 Mobile Safari/537.36"
            for n in range(STRANGERS)
        )
        (folder / "agents").write_text("\n".join(agents))
        worker = family(portal.process.pid)[-1]
        seen = target.load(5).requests  # its caches are full
        table.add(f"after {number_of(seen)}", number_of(memory(worker), 1))
        while seen < STRANGERS:
            seen += target.load(20).requests
        time.sleep(3)
        table.add(f"after {number_of(seen)}", number_of(memory(worker), 1))


if __name__ == "__main__":
    sys.exit(main(Results()))
