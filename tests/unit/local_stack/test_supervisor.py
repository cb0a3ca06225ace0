"""What ends by itself is started again, ever more slowly."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local.supervisor import Supervisor


@dataclass(eq=False)
class Service:
    name: str = "billing"
    running: bool = True
    launches: int = 0


class Scene:
    """A supervisor whose time we set; a launched service ends at once when ``broken``."""

    def __init__(self) -> None:
        self.now = 0.0
        self.broken = True
        self.said: list[str] = []
        self.service = Service()
        self.supervisor = Supervisor({self.service: self.launch}, clock=lambda: self.now, say=self.said.append)

    def launch(self) -> None:
        self.service.launches += 1
        self.service.running = not self.broken

    def look_each_second(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self.supervisor.look()


def test_a_running_service_is_left_alone() -> None:
    scene = Scene()
    scene.look_each_second(100)
    assert scene.service.launches == 0
    assert scene.said == []


def test_one_that_ended_is_started_again() -> None:
    scene = Scene()
    scene.broken, scene.service.running = False, False
    scene.look_each_second(3)
    assert scene.service.launches == 1
    assert scene.said == ["billing ended; it is started again in 1 s"]


def test_the_pauses_grow_to_half_a_minute() -> None:
    scene = Scene()
    scene.service.running = False
    scene.look_each_second(200)
    pauses = [int(line.split()[-2]) for line in scene.said]
    assert pauses[:6] == [1, 2, 4, 8, 16, 30]
    assert set(pauses[6:]) == {30}


def test_after_a_minute_of_work_the_pause_is_short_again() -> None:
    scene = Scene()
    scene.service.running = False
    scene.look_each_second(20)
    scene.broken = False
    scene.look_each_second(80)
    scene.service.running = False
    scene.look_each_second(1)
    assert scene.said[-1] == "billing ended; it is started again in 1 s"
