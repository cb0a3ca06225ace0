from tests.support.messaging import *

async def test_flow(database, bootstrap):
    topic = new_topic()
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, f"k{n % 7}", n) for n in range(1000)])
    async with running(database, bootstrap, [subscribe(topic)], relay=True) as messaging:
        await until_equal(1000, lambda: _count(database))
        print(await messaging.status())
    print(await positions(database))

async def _count(database):
    return len(await done(database))
