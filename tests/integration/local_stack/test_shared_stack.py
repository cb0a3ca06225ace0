"""The fixtures that every integration test stands on."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local import Addresses


async def test_a_fresh_database_is_empty_and_its_own(fresh_database: Callable[[str], str]) -> None:
    first, second = fresh_database("billing"), fresh_database("billing")
    assert first != second
    connection = await asyncpg.connect(first)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.execute("CREATE TABLE fact (id int)")
    await connection.close()


async def test_no_service_enters_anothers_database(addresses: Addresses) -> None:
    own, other = addresses.database_urls["billing"], addresses.database_urls["timesheets"]
    foreign = own.rsplit("/", 1)[0] + "/" + other.rsplit("/", 1)[1]
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="CONNECT"):
        await asyncpg.connect(foreign)


async def test_the_broker_makes_no_topics_by_itself(addresses: Addresses) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka_bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics(["no.such.topic"])
        assert described["error_code"] == 3  # UNKNOWN_TOPIC_OR_PARTITION
    finally:
        await admin.close()
