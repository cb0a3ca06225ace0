"""Starting child processes that do not outlive us, with their output in a log file."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.system_user import SystemUser

PR_SET_PDEATHSIG = 1

# The kernel sends the death signal when the *thread* that forked ends.  One thread that lives as long as
# this process does all the forking, so that callers may start children from any thread of theirs.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")


def spawn(
    arguments: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: SystemUser | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own (Ctrl-C does not reach it), appending its output to ``log``.

    When this process dies, SIGKILL included, Linux sends the child ``death_signal``; elsewhere the next
    start cleans it up (see leftovers.py).
    """
    log.parent.mkdir(parents=True, exist_ok=True)

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment) if environment is not None else None,
                cwd=folder,
                start_new_session=True,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
                preexec_fn=_dies_with_parent(death_signal),  # noqa: PLW1509 - nothing but a system call
            )

    return _forker.submit(start).result()


def end(process: subprocess.Popen[bytes], *, grace: float, polite: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process to stop, wait ``grace`` seconds, then kill it.  Does nothing if it has ended."""
    if process.poll() is None:
        process.send_signal(polite)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def _dies_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return before_exec
