"""The notice before the strictest reader of web pages, as a slow phone would show it."""

from tests.browser.lighthouse import PERFECT, PROGRAM, audit
from tests.servers import requires
from tests.serving import Portal


def test_nothing_about_the_notice_can_be_improved(portal: Portal, gate: str) -> None:
    for program in ("chromium", "node", str(PROGRAM)):
        requires(program)
    report = audit(portal, gate)
    assert report.scores == PERFECT, str(report)
