"""User agents of early 2021, for visits that are played."""

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_CHROME = "Chrome/88.0.4324.152"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) " + _APPLE
_ANDROID = "Mozilla/5.0 (Linux; Android {}) " + _WEBKIT
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + _WEBKIT
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) " + _APPLE
_HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 4.0) " + _WEBKIT

AGENTS = {
    _ANDROID.format("10; SM-A515F") + f" {_CHROME} Mobile Safari/537.36": 30,
    _ANDROID.format("10; Redmi Note 8") + " Chrome/88.0.4324.181 Mobile Safari/537.36": 16,
    _ANDROID.format("9; CPH2015") + " Chrome/87.0.4280.141 Mobile Safari/537.36": 12,
    _ANDROID.format("11; SM-G991B; wv") + f" Version/4.0 {_CHROME} Mobile Safari/537.36": 3,
    _IPHONE.format("14_4") + " Version/14.0.3 Mobile/15E148 Safari/604.1": 18,
    _IPHONE.format("13_7") + " Version/13.1.2 Mobile/15E148 Safari/604.1": 6,
    _IPHONE.format("14_4") + " Mobile/15E148": 4,  # the login sheet, as the one with "wv" above
    _HARMONY + " Chrome/99.0.4844.88 HarmonyOS Safari/537.36": 3,
    "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5": 2,
    _WINDOWS + " Chrome/88.0.4324.150 Safari/537.36": 4,
    _MAC + " Version/14.0.3 Safari/605.1.15": 2,
}
"""Each agent with how many of a hundred visitors have it."""

ROBOT = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
"""The preview of a link that was sent in a chat."""
