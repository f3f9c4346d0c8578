"""Whose clock is wrong, of three."""

import time
from email.utils import formatdate

import pytest

from portal.doctor.findings import Fault, State
from portal.doctor.net import Answer
from portal.doctor.surroundings import clocks


def answer(off: float | None) -> Answer:
    """Return an answer of somebody whose clock is ``off`` seconds ahead."""
    said = {} if off is None else {"Date": formatdate(time.time() + off, usegmt=True)}
    return Answer("http://portal.test/", 200, said, "", 0.0)


@pytest.mark.parametrize(
    ("portals", "gateways", "text"),
    [
        (3600, None, "This computer's clock and the portal's differ by %(seconds)s s"),
        (3600, 3600, "This computer's clock is %(seconds)s s off"),
        (-3600, 0, "The portal's clock is %(seconds)s s off"),
        (0, 3600, "The wifi device's clock is %(seconds)s s off"),
    ],
)
def test_two_of_three_are_believed(portals: float, gateways: float | None, text: str) -> None:
    (found,) = clocks(answer(portals), None if gateways is None else answer(gateways))
    assert (found.fault, found.text) == (Fault.CLOCK, text)
    assert abs(int(str(found.values["seconds"])) - 3600) <= 2


def test_clocks_that_agree_or_are_not_told() -> None:
    (good,) = clocks(answer(5), answer(-5))
    assert good.state is State.GOOD
    (untold,) = clocks(answer(None), answer(0))
    assert untold.state is State.LEFT
    (odd,) = clocks(answer(0)._replace(headers={"Date": "yesterday"}), None)
    assert odd.state is State.LEFT
