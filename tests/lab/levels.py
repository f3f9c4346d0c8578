"""Which FAS levels a test is about; without a mark it is about all of them."""

import pytest


def _at(*levels: int) -> pytest.MarkDecorator:
    names = [f"level{level}" for level in levels]
    return pytest.mark.parametrize("running_lab", levels, ids=names, indirect=True)


level1_only, level2_only, level3_only = _at(1), _at(2), _at(3)
# To a browser level 1 is what level 2 is.
http_and_https = _at(2, 3)
