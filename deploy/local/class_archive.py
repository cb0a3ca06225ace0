"""Kafka's classes as the JVM keeps them, read and checked once: with this archive a broker starts in half the time.

The Java runtime that comes with pip has no archive of its own, so there are two: of the runtime's classes, and of
what a broker uses besides. They hold for one runtime and one set of jars, and lie in the environment that has both;
without them, or where the JVM does not accept them, a broker starts as well, more slowly.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.locks import FileLock

log = logging.getLogger(__name__)

_RUNTIME, _BROKER, _TRIED = "runtime.jsa", "broker.jsa", "tried"
#: What decides whether an archive fits; the same for making it and for using it.
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def archive_options(java: Path, jars: Path) -> list[str]:
    """What a broker's JVM is told of its archive; nothing where there is none."""
    folder = _folder(java, jars)
    if not (folder / _BROKER).exists():
        return []
    return [f"-XX:SharedArchiveFile={folder / _RUNTIME}:{folder / _BROKER}"]


def ensure_archive(java: Path, jars: Path, try_run: Callable[[Path, Sequence[str]], None]) -> None:
    """Make the archive if it is not there; what stands in the way is logged, and not tried again.

    ``try_run`` starts a broker in a folder with these options for its JVM, and stops it when it answers.
    """
    folder = _folder(java, jars)
    if (folder / _TRIED).exists():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "making"):  # another start waits, then finds it there
            if not (folder / _TRIED).exists():
                print("Preparing Apache Kafka (once, some seconds) …", file=sys.stderr, flush=True)
                _make(java, folder, try_run)
    except OSError as error:  # an environment that cannot be written to
        log.info("Kafka starts without an archive of its classes: %s", error)


def _make(java: Path, folder: Path, try_run: Callable[[Path, Sequence[str]], None]) -> None:
    # Where it stays: an archive names the one that it adds to.
    runtime, broker = folder / _RUNTIME, folder / f"{_BROKER}.partial"
    work = Path(tempfile.mkdtemp(dir=folder))
    try:
        dump = [str(java), *JVM, "-Xshare:dump", f"-XX:SharedArchiveFile={runtime}"]
        subprocess.run(dump, check=True, capture_output=True, timeout=120)
        try_run(work, [f"-XX:SharedArchiveFile={runtime}", f"-XX:ArchiveClassesAtExit={broker}"])
        broker.replace(folder / _BROKER)
    except (subprocess.SubprocessError, StackError, FileNotFoundError) as error:
        log.warning("Kafka starts without an archive of its classes: %s", error)
    shutil.rmtree(work, ignore_errors=True)
    (folder / _TRIED).touch()


def _folder(java: Path, jars: Path) -> Path:
    """Its name says for which runtime and jars it was made."""
    modules = java.parents[1] / "lib" / "modules"
    used = [modules, *sorted(jars.glob("*.jar"))]
    facts = "".join(f"{path} {found.st_size} {found.st_mtime_ns}\n" for path in used if (found := path.stat()))
    return Path(sys.prefix) / "var" / "uurwerk-kafka" / hashlib.sha256(facts.encode()).hexdigest()[:16]
