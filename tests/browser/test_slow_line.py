"""The notice on a slow line: one request, one answer, and it can be read."""

from tests.browser.conftest import Phone
from tests.servers import wait_until
from tests.serving import Portal

WINDOW = 14 * 1024  # bytes that a server sends before it waits for the first answer (RFC 6928)
PAINTED = "performance.getEntriesByName('first-contentful-paint').length"
LOADED = """() => {
  const blocks = entry => entry.renderBlockingStatus === 'blocking';
  return [performance.getEntriesByType('navigation')[0].transferSize,
          performance.getEntriesByType('resource').filter(blocks).length];
}"""


def test_the_notice_can_be_read_after_the_second_round_trip(
    portal: Portal, site: str, phone: Phone
) -> None:
    """The connection is the first. The beacon never comes back here, and nothing waits for it."""
    tab = phone()
    tab.route("**/i/*.gif", lambda _route: None)
    line = tab.context.new_cdp_session(tab)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 400,  # ms
            "downloadThroughput": 50_000,  # bytes per second: 400 kbit/s
            "uploadThroughput": 50_000,
        },
    )
    tab.goto(f"{portal.url}/s/{site}", wait_until="domcontentloaded")
    wait_until(lambda: bool(tab.evaluate(PAINTED)), "the first paint")
    size, blocking = tab.evaluate(LOADED)
    assert blocking == 0
    assert 4096 < size <= WINDOW  # all of it, in one answer
    assert tab.is_visible("#continue")
