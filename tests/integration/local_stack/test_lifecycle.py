"""A stack of one's own: what stays, what is refused, what is cleaned up."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import Addresses, LocalStack, StackError

HOLDER = Path(__file__).with_name("holder.py")
TOPIC = "kept.v1"


async def write(addresses: Addresses) -> None:
    """A record and a row, both acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=addresses.kafka_bootstrap, acks="all") as producer:
        await producer.send_and_wait(TOPIC, b"kept")
    connection = await asyncpg.connect(addresses.database_urls["billing"])
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    await connection.close()


async def assert_kept(addresses: Addresses) -> None:
    async with AIOKafkaConsumer(bootstrap_servers=addresses.kafka_bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(TOPIC, 0)])
        assert (await consumer.getone()).value == b"kept"
    connection = await asyncpg.connect(addresses.database_urls["billing"])
    assert await connection.fetchval("SELECT count(*) FROM kept") == 1
    await connection.close()


def hold(data_dir: Path, *arguments: str) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Another process with a running stack, and the stack's two servers."""
    command = [sys.executable, str(HOLDER), str(data_dir), *arguments]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    pids = holder.stdout.readline().split()
    return holder, [psutil.Process(int(pid)) for pid in pids]


async def test_data_and_ports_survive_a_restart(data_dir: Path) -> None:
    with LocalStack(data_dir) as stack:
        before = stack.addresses
        await write(before)
    with LocalStack(data_dir) as stack:
        assert stack.addresses == before
        assert stack.leftovers_ended == []
        await assert_kept(stack.addresses)
        stack.kill_kafka()
        stack.restart_kafka()
        stack.restart_postgres()
        await assert_kept(before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process has mapped is seen in /proc")
def test_the_broker_uses_the_archive_of_its_classes(data_dir: Path) -> None:
    with LocalStack(data_dir) as stack:
        mapped = {Path(entry.path).name for entry in psutil.Process(stack.kafka.pid).memory_maps()}
        assert {"runtime.jsa", "broker.jsa"} <= mapped, (stack.logs / "kafka.log").read_text()


def test_a_stop_leaves_nothing_running(data_dir: Path) -> None:
    with LocalStack(data_dir) as stack:
        servers = [psutil.Process(stack.kafka.pid), psutil.Process(stack.postgres.pid)]
    assert not any(server.is_running() for server in servers)
    assert stack.records.read() == []


async def test_what_a_killed_stack_left_is_cleaned_up(data_dir: Path) -> None:
    holder, servers = hold(data_dir, "orphans")
    holder.kill()
    holder.wait()
    assert all(server.is_running() for server in servers)
    with LocalStack(data_dir) as stack:
        assert sorted(stack.leftovers_ended) == ["kafka", "postgres"]
        assert not any(server.is_running() for server in servers)
        await write(stack.addresses)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a death signal")
def test_the_servers_end_with_a_killed_holder(data_dir: Path) -> None:
    holder, servers = hold(data_dir)
    holder.kill()
    holder.wait()
    _, alive = psutil.wait_procs(servers, timeout=20)
    assert not alive


def test_two_stacks_on_one_folder_are_refused(data_dir: Path) -> None:
    holder, _ = hold(data_dir)
    try:
        with pytest.raises(StackError, match=f"in use by a running stack .pid {holder.pid}"):
            LocalStack(data_dir).start()
        assert holder.poll() is None
    finally:
        holder.send_signal(signal.SIGTERM)
        holder.wait()
