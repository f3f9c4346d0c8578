"""The brands that are guessed: each mark is one that the brand's own adapter takes for its own."""

from collections import defaultdict
from collections.abc import Sequence

import pytest

from portal.domain.errors import BadArrival
from portal.domain.sites import Site
from portal.gateways import gateways
from portal.gateways.guess import MARKS, guess

CASES = [(brand, sorted(names)) for brand, sets in MARKS.items() for names in sets]


@pytest.mark.parametrize(("brand", "names"), CASES)
def test_the_adapter_and_the_guess_agree(brand: str, names: Sequence[str]) -> None:
    query = "&".join(f"{name}=login" for name in names)
    assert guess(query) == brand
    site = Site("cho", "Chợ", gateway=brand, gateway_settings=defaultdict(str))
    try:
        arrived = gateways()[brand].arrive(site, query, "http://portal.test/s/cho")
    except BadArrival:
        return  # its own, though not whole
    assert arrived is not None


@pytest.mark.parametrize("query", ["", "c=poster", "id=7", "%", "a=1&" * 5000])
def test_what_is_nobodys(query: str) -> None:
    assert guess(query) == ""
