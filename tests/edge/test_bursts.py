"""C07 at the edge: nginx marks what is too much from one network, and answers it all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.conftest import Edge, running


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    """Return a portal with nginx in front, and the limit that it has of itself."""
    with running(tmp_path, burst_limit=300) as started:
        yield started


def test_c07_what_is_beyond_the_limit_is_answered_and_marked(edge: Edge) -> None:
    for _loop in range(330):
        page = edge.get("/s/bus")
        assert edge.get(f"/i/{page.view}.gif").status == 200
    found = edge.counts()
    assert found["page"] == 330
    # nginx lets one through beyond its burst, and gives some back while the loop runs.
    assert 300 <= found["shown"] <= 312
    assert found["shown"] + found["rejected:burst"] == 330


def test_another_site_behind_the_same_address_is_not_concerned(edge: Edge) -> None:
    page, other = edge.get("/s/bus"), edge.get("/s/hotel")
    for _loop in range(330):
        edge.get(f"/i/{page.view}.gif")
    edge.get(f"/i/{other.view}.gif")
    marks = {(line[2].partition(".")[0], line[3]) for line in edge.lines() if line[1] == "i"}
    assert marks == {("bus", ""), ("bus", "b"), ("hotel", "")}
