"""Start a throw-away PostgreSQL server, run a command against it, stop the server: python tests/with_postgres.py CMD ..."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def program(name: str) -> str:
    """The path of a server program; Debian keeps them out of PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)
    return (
        found[0]
        if found
        else shutil.which(name) or sys.exit(f"{name} was not found: install Debian's package postgresql.")
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main(command: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="lifelong-pg-"))
    as_server: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_server = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    data = str(folder / "data")
    subprocess.run(
        [*as_server, program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        check=True,
        cwd="/",
        **quiet,
    )
    # fsync stays on where durability is measured; a throw-away test database may skip it
    fsync = os.environ.get("LIFELONG_PG_FSYNC", "off")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync={fsync} -c shared_buffers=256MB -c max_connections=60"
    subprocess.run(
        [*as_server, program("pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start"],
        check=True,
        cwd="/",
        **quiet,
    )
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        return subprocess.call(command, env={**os.environ, "LIFELONG_DATABASE": url, "LIFELONG_PG_DATA": data})
    finally:
        subprocess.run(
            [*as_server, program("pg_ctl"), "-D", data, "-m", "immediate", "stop"], check=False, cwd="/", **quiet
        )
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
