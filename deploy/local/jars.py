"""Apache Kafka's jars: fetched once per user from Maven Central, checked against kafka.lock at every start."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.folders import cache_folder
from deploy.local.locks import FileLock

KAFKA_VERSION = "4.3.1"  # 4.4.0 does not resolve: its kafka-tools-api jar is missing on Maven Central
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:2.0.17"
LOCK_FILE = Path(__file__).with_name("kafka.lock")  # as sha256sum writes it


def kafka_jars() -> Path:
    """The folder that holds exactly the locked jars; fetches them when they are not there yet or damaged."""
    folder = cache_folder() / f"kafka-{KAFKA_VERSION}"
    with FileLock(cache_folder() / "kafka.fetching"):  # another start waits, then finds them there
        if wrong_jars(folder):
            _fetch(folder)
    return folder


def wrong_jars(folder: Path) -> list[str]:
    """Names of jars that are missing, that are not what the lock file says, or that it does not name."""
    locked = {name: digest for digest, name in (line.split() for line in LOCK_FILE.read_text().splitlines())}
    found = {path.name: _sha256(path) for path in folder.glob("*.jar")} if folder.is_dir() else {}
    return sorted(name for name in locked.keys() | found.keys() if locked.get(name) != found.get(name))


def _fetch(folder: Path) -> None:
    print(f"Fetching Apache Kafka {KAFKA_VERSION} (44 MB, once) into {folder} …", file=sys.stderr, flush=True)
    work = cache_folder() / "kafka.partial"
    shutil.rmtree(work, ignore_errors=True)
    gathered = work / "gathered"
    gathered.mkdir(parents=True)
    try:
        for jar in _resolve(work):
            os.link(jar, gathered / jar.name)
    except Exception as error:  # whatever a resolver, a network and a disk can raise
        shutil.rmtree(work, ignore_errors=True)
        raise StackError(_advice(folder, f"could not be fetched from Maven Central: {error}")) from error
    wrong = wrong_jars(gathered)
    if wrong:
        shutil.rmtree(work, ignore_errors=True)
        raise StackError(_advice(folder, f"did not arrive as locked in {LOCK_FILE.name}: {', '.join(wrong)}"))
    shutil.rmtree(folder, ignore_errors=True)
    gathered.replace(folder)
    shutil.rmtree(work, ignore_errors=True)


def _resolve(work: Path) -> Iterator[Path]:
    """Let jgo resolve and download everything anew; nothing that an earlier try left behind is believed."""
    from jgo.env import EnvironmentBuilder, LinkStrategy
    from jgo.maven import MavenContext

    mirror = os.environ.get("MAVEN_REPOSITORY_URL")
    remotes = {"central": mirror} if mirror else None  # none: Maven Central itself
    context = MavenContext(repo_cache=work / "repository", remote_repos=remotes, timeout=60)
    builder = EnvironmentBuilder(context=context, cache_dir=work / "jgo", link_strategy=LinkStrategy.COPY)
    with contextlib.redirect_stdout(None):
        environment = builder.from_endpoint(ENDPOINT)
    yield from environment.path.glob("jars/*.jar")
    yield from environment.path.glob("modules/*.jar")


def _sha256(path: Path) -> str:
    with path.open("rb") as jar:
        return hashlib.file_digest(jar, "sha256").hexdigest()


def _advice(folder: Path, happened: str) -> str:
    return (
        f"Apache Kafka {KAFKA_VERSION} {happened}\n"
        "What to do: check that this machine reaches Maven Central (a proxy goes into HTTPS_PROXY, a mirror into "
        f"MAVEN_REPOSITORY_URL) and start again; or copy the jars that {LOCK_FILE} names into {folder}; "
        "or use your own broker with KAFKA_BOOTSTRAP_SERVERS, or containers with STACK=containers."
    )
