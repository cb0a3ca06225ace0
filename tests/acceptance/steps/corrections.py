"""Corrections accepted and dismissed; periods closed and opened."""

from __future__ import annotations

from pytest_bdd import parsers, when

from tests.acceptance.support.world import World

_DECISIONS = {"accepted": "accept", "dismissed": "dismiss"}
_ACTS = {"closed": "close", "opened": "open"}


@when(parsers.re(r'the correction of entry "(?P<name>[^"]*)" is (?P<decision>accepted|dismissed)'))
def decide_correction(world: World, name: str, decision: str) -> None:
    path = f"/v1/corrections/{world.entry(name)['id']}/{_DECISIONS[decision]}"
    world.act(lambda: world.office.timesheets.post(path))


@when(parsers.re(r"the period from (?P<first>[0-9-]{10}) to (?P<last>[0-9-]{10}) is (?P<what>closed|opened)"))
def close_or_open(world: World, first: str, last: str, what: str) -> None:
    path = f"/v1/periods/{_ACTS[what]}"
    world.act(lambda: world.office.timesheets.post(path, {"from": first, "until": last}))
