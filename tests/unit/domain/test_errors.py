"""Errors: all problems at once, in words that a person can act on."""

import pytest

from portal.domain import errors
from portal.domain.errors import BadArrival, BadInput, BadSettings, BadSite, PortalError, Problem


def test_one_root_for_everything_raised_on_purpose() -> None:
    for thing in vars(errors).values():
        if isinstance(thing, type) and issubclass(thing, Exception):
            assert issubclass(thing, PortalError)


def test_a_problem_says_where_and_what() -> None:
    problem = Problem("workers", "from %(low)d to %(high)d", {"low": 0, "high": 256})
    assert str(problem) == "workers: from 0 to 256"


def test_a_problem_without_values_may_not_lose_them() -> None:
    with pytest.raises(KeyError):
        str(Problem("workers", "from %(low)d"))


@pytest.mark.parametrize("kind", [BadInput, BadSettings, BadSite])
def test_bad_input_holds_every_problem(kind: type[BadInput]) -> None:
    problems = [Problem("a", "first"), Problem("b", "second")]
    error = kind(problems)
    assert str(error) == "a: first\nb: second"
    assert error.problems == problems
    assert error.problems is not problems


def test_an_arrival_error_carries_one_fixed_word() -> None:
    assert BadArrival("wrong_key").problem == "wrong_key"
    assert str(BadArrival("wrong_key")) == "wrong_key"
