"""Agents of every class that comes to a hotspot, and what the rules make of each.

Longer than a module should be: most of it is the table of agents, which reads best in one place.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.devices import (
    APPSTORE,
    BOTH,
    NONE,
    OS,
    PLAY,
    RULES,
    UNKNOWN,
    AppStore,
    Device,
    Form,
    Sheet,
    from_family,
    judge,
)

GECKO = "(KHTML, like Gecko)"
BLINK = f"AppleWebKit/537.36 {GECKO}"
CHROME = f"{BLINK} Chrome/124.0.6367.82 Mobile Safari/537.36"
WV = f"{BLINK} Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36"
WEBKIT = f"AppleWebKit/605.1.15 {GECKO}"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) {WEBKIT}"
IPAD = f"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) {WEBKIT}"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"

ANDROID = (
    f"Mozilla/5.0 (Linux; Android 10; SM-A515F) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 9; SAMSUNG SM-J730G) {BLINK} SamsungBrowser/13.0"
    " Chrome/83.0.4103.106 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; CPH2083) {CHROME}",
    f"Mozilla/5.0 (Linux; U; Android 10; vi-vn; Redmi Note 9 Pro Build/QKQ1.191215.002) {BLINK}"
    " Version/4.0 Chrome/71.0.3578.141 Mobile Safari/537.36 XiaoMi/MiuiBrowser/12.7.2-gn",
    f"Mozilla/5.0 (Linux; Android 8.1.0; vivo 1811) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 11; Vsmart Joy 4) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 10; RMX2001) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 9; Nokia 6.1) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 11; Pixel 4a) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 8.0.0; ASUS_X00TD) {CHROME} coc_coc_browser/94.0",
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME}",
    "Mozilla/5.0 (Android 11; Mobile; rv:86.0) Gecko/86.0 Firefox/86.0",
    f"Mozilla/5.0 (Linux; Android 9; LYA-L29; HMSCore 5.0.0.301; GMSCore 20.12.16) {BLINK}"
    " Chrome/78.0.3904.108 HuaweiBrowser/10.1.2.300 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; sailfish) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 10; HiPad X) {BLINK} Chrome/86.0.4240.198 Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 7.0; CUBOT X18 Build/NRD90M) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 7.0; M bot 54) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 13; Spider 8) {BLINK} Chrome/124.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 9; W-K420-TVM) {CHROME}",
    "Mozilla/5.0 (Linux; U; Android 5.0.2; en-US; SM-T331 Build/LRX22G) AppleWebKit/534.30"
    f" {GECKO} Version/4.0 UCBrowser/11.5.1 U3/0.8.0 Mobile Safari/534.30",
    f"Mozilla/5.0 (Linux; U; Android 7.0; vi; SM-G570Y) {BLINK} Version/4.0 Chrome/57.0.2987.108"
    " UCBrowser/12.13.5.1209 Mobile Safari/537.36",
    f"mozilla/5.0 (linux; android 9; armor_x6) {CHROME.lower()}",
    f"Mozilla/5.0 (Linux; 5.1.1; Nexus 5 Build/LMY48B) {CHROME} Obigo/W20A.42",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.2; vi; SM-G313HZ) U2/1.0.0 UCBrowser/10.7.9.856 Mobile",
    "UCWEB/2.0 (Linux; U; Opera Mini/7.1.32052/30.3697; vi; S15) U2/1.0.0 UCBrowser/9.4 Mobile",
    "JUC (Linux; U; 2.3.7; zh-cn; MB200; 320*480) UCWEB7.9.3.103/139/999",
    "[FBAN/FB4A;FBAV/156.0.0.40.100;FBBV/95154317;FBDM/{density=2.0,width=720,height=1280};"
    "FBLC/vi_VN;FBMF/OPPO;FBBD/OPPO;FBPN/com.facebook.katana;FBDV/A37f;FBSV/5.1.1]",
    f"Mozilla/5.0 (X11; U; Linux x86_64; vi-vn) {BLINK} Chrome/30.0.1599.114 Safari/537.36"
    " Puffin/4.8.0.2790AP",
    "Opera/9.80 (Android; Opera Mini/55.2.2254/191.256; U; vi) Presto/2.12.423 Version/12.16",
    f"{LINUX} {BLINK} SamsungBrowser/14.0 Chrome/87.0.4280.141 Safari/537.36",
    f"{LINUX} AppleWebKit/534.24 {GECKO} Chrome/11.0.696.34 Safari/534.24",
    f"Mozilla/5.0 (Windows; U; Windows NT 5.2; en-US) {BLINK} Chrome/57.0.2987.108 Safari/537.36"
    " UCBrowser/12.5.0.1109",
)

APPLE = (
    f"{IPHONE} Version/14.0.3 Mobile/15E148 Safari/604.1",
    f"{IPHONE} CriOS/87.0.4280.77 Mobile/15E148 Safari/604.1",
    f"{IPHONE} FxiOS/31.0 Mobile/15E148 Safari/605.1.15",
    f"{IPHONE} GSA/148.0.355 Mobile/15E148 Safari/604.1",
    f"{IPAD} Version/12.1.2 Mobile/16H22 Safari/604.1",
    "Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15"
    f" {GECKO} Version/12.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; U; CPU iPhone OS 4_0 like Mac OS X; en-us) AppleWebKit/532.9"
    f" {GECKO} Version/4.0.5 Mobile/8A293 Safari/6531.22.7",
    f"{MAC} CriOS/87 Version/11.1.1 Safari/605.1.15",
    f"{MAC} EdgiOS/113 Version/13.0.3 Safari/605.1.15",
    f"{MAC} GSA/148.0.355 Safari/604.1",
    "Opera/9.80 (iPhone; Opera Mini/16.0.14/191.283; U; vi) Presto/2.12.423 Version/12.16",
    "UCWEB/2.0 (iOS; U; iPh OS 8_1; vi; iPh6,2) U2/1.0.0 UCBrowser/9.0.0.260 U2/1.0.0 Mobile",
    f"Mozilla/5.0 (X11; U; Linux x86_64; vi-VN) {BLINK} Chrome/30.0.1599.114 Safari/537.36"
    " Puffin/5.2.2IP",
    "TuneIn Radio Pro/27.4.0; iPad6,7; iPadOS/16.7.4",
)

IN_APP_ANDROID = (
    f"Mozilla/5.0 (Linux; Android 10; SM-A107F Build/QP1A.190711.020; wv) {WV}"
    " Zalo android/21020304 ZaloTheme/light ZaloLanguage/vi",
    f"Mozilla/5.0 (Linux; Android 10; CPH1923 Build/QP1A; wv) {WV}"
    " [FB_IAB/FB4A;FBAV/305.1.0.40.120;]",
    f"Mozilla/5.0 (Linux; Android 9; vivo 1906 Build/PKQ1; wv) {WV} Line/11.1.1/IAB",
    f"Mozilla/5.0 (Linux; Android 10; M2004J19C Build/QP1A; wv) {WV} MicroMessenger/8.0.2",
    f"Mozilla/5.0 (Linux; Android 11; SM-G991B Build/RP1A; wv) {WV} Instagram 180.0.0.31.119",
)
IN_APP_APPLE = (
    f"{IPHONE} Mobile/15E148 Zalo iOS/451 ZaloTheme/light ZaloLanguage/vn",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBDV/iPhone12,1;FBMD/iPhone;FBSN/iOS;FBSV/14.4;FBSS/2]",
    f"{IPHONE} Mobile/15E148 Safari Line/11.2.0",
    f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.2(0x18000232) NetType/WIFI Language/vi",
    f"{IPAD} Mobile/15E148 Twitter for iPhone",
)

HELPLESS = {
    (OS.HARMONYOS, Form.PHONE): (
        f"Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AL00; HMSCore 6.1.0.314) {BLINK}"
        " Chrome/92.0.4515.105 HuaweiBrowser/12.0.0.301 Mobile Safari/537.36",
        f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {BLINK} Chrome/114 Safari/537.36 ArkWeb/4.1 Mobile",
    ),
    (OS.KAIOS, Form.FEATURE): (
        "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
        "Mozilla/5.0 (Mobile; LYF/F120B/LYF-F120B-001;Android; rv:48.0) Gecko/48.0 KAIOS/2.5",
    ),
    (OS.TIZEN, Form.PHONE): (
        f"Mozilla/5.0 (Linux; Tizen 2.4; SAMSUNG SM-Z300F) {BLINK} Version/2.4 Mobile Safari/538.1",
    ),
    (OS.TIZEN, Form.TV): (
        f"Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) {BLINK} SamsungBrowser/2.2 TV Safari/537.36",
    ),
    (OS.ANDROID, Form.TV): (
        f"Mozilla/5.0 (Linux; Android 9; BRAVIA 4K UR2 Build/PTT1) {BLINK} Chrome/88 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 9; SHIELD Android TV) {BLINK} Chrome/88.0 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 8.0.0; MIBOX4) {BLINK} Chrome/88.0 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 7.1.2; AFTMM Build/NS6264; wv) {WV}",
    ),
    (OS.ANDROID, Form.TABLET): (
        f"Mozilla/5.0 (Linux; Android 5.1.1; KFAUWI) {BLINK} Silk/86.3.20 like Chrome/86.0.4240.198"
        " Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 9; KFMAWI Build/PS7318; wv) {WV} [FB_IAB/FB4A;]",
    ),
    (OS.OTHER, Form.TV): (
        f"Mozilla/5.0 (Web0S; Linux/SmartTV) {BLINK} Chrome/79.0.3945.79 Safari/537.36",
    ),
    (OS.OTHER, Form.OTHER): (
        f"Mozilla/5.0 (PlayStation 4 8.03) {WEBKIT}",
        f"Mozilla/5.0 (New Nintendo 3DS like iPhone) AppleWebKit/536.30 {GECKO} NX/3.0.0.5.20",
    ),
    (OS.OTHER, Form.FEATURE): (
        "Nokia210/2.0 (04.12) Profile/MIDP-2.1 Configuration/CLDC-1.1 UCWEB/2.0 (Java; U;"
        " MIDP-2.0; vi; Nokia210) U2/1.0.0 UCBrowser/9.3.0.326 U2/1.0.0 Mobile",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80; U; vi) Presto/2.5.25 Version/10.54",
    ),
    (OS.CHROMEOS, Form.DESKTOP): (f"Mozilla/5.0 (X11; CrOS x86_64 13505.100.0) {CHROME}",),
    (OS.WINDOWS, Form.DESKTOP): (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK} Chrome/88.0.4324.190 Safari/537.36",
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {BLINK} Edge/44.19041",
    ),
    (OS.MACOS, Form.DESKTOP): (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {BLINK} Chrome/88.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/601.7.7"
        f" {GECKO} Version/9.1.2 Safari/601.7.7",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:86.0) Gecko/20100101 Firefox/86.0",
    ),
    (OS.LINUX, Form.DESKTOP): (
        "Mozilla/5.0 (X11; Linux i686; rv:52.0) Gecko/20100101 Firefox/52.0",
    ),
}

WINDOWS_PHONE = (
    "Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0;"
    " IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537"
    f" {GECKO} Mobile Safari/537",
    f"Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) {BLINK}"
    " Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15254",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM)",
    "Mozilla/5.0 (osmeta like iPhone; U; osmeta 10.3.2132; RM-1089_1038) AppleWebKit/602.1.1"
    f" {GECKO} Mobile/2132 Instagram 10.32.0 (Windows Phone; osmeta/Windows Phone 10_3_2132)",
)

UNDECIDABLE = (
    (f"{MAC} Version/14.0.3 Safari/605.1.15", OS.MACOS),  # a Mac, or an iPad
    (MAC, OS.MACOS),
    (f"{MAC} Mobile/15E148 [LinkedInApp]", OS.MACOS),
    (f"{LINUX} {BLINK} Chrome/88.0.4324.181 Safari/537.36", OS.LINUX),  # or Android's desktop site
    ("Mozilla/5.0 (X11; Linux x86_64; rv:86.0) Gecko/20100101 Firefox/86.0", OS.LINUX),
    ("CaptiveNetworkSupport-407.40.1 wispr", OS.OTHER),
)

BOTS = (
    "",
    "   ",
    "curl/7.74.0",
    "Wget/1.21",
    "python-requests/2.25.1",
    "Python-urllib/3.9",
    "Go-http-client/1.1",
    "okhttp/4.9.1",
    "Java/1.8.0_281",
    "libwww-perl/6.53",
    "Dalvik/2.1.0 (Linux; U; Android 10; SM-A515F Build/QP1A.190711.020)",
    "MyApp/1 CFNetwork/1220.1 Darwin/20.3.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {CHROME} (compatible; bingbot/2.0)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Sogou web spider/4.0",
    f"Mozilla/5.0 (Linux; Android 7.0;) {BLINK} (compatible; PetalBot;+https://webmaster.petalsearch.com)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookexternalhit/1.1;line-poker/1.0",
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.21.4.22 A",
    "Mozilla/5.0 (compatible; ZaloShare/1.0)",
    f"{LINUX} {BLINK} HeadlessChrome/88.0.4324.150 Safari/537.36",
    f"Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 {GECKO} PhantomJS/2.1.1 Safari/538.1",
)

PROBES = (
    "CaptiveNetworkSupport-407.40.1 wispr",
    f"{LINUX} {BLINK} Chrome/60.0.3112.32 Safari/537.36",
)


def known(agent: str) -> Device:
    device = judge(agent)
    assert device is not None, "no rule decides"
    return device


@pytest.mark.parametrize("agent", ANDROID)
def test_an_android_phone_gets_play(agent: str) -> None:
    device = known(agent)
    assert (device.os, device.store, device.sheet) == (OS.ANDROID, AppStore.PLAY, None)


@pytest.mark.parametrize("agent", APPLE)
def test_an_iphone_or_ipad_gets_the_app_store(agent: str) -> None:
    device = known(agent)
    assert (device.os, device.store, device.sheet) == (OS.IOS, AppStore.APPSTORE, None)


@pytest.mark.parametrize("agent", [*ANDROID, *APPLE, *IN_APP_ANDROID, *IN_APP_APPLE, *PROBES])
def test_a_person_is_not_taken_for_a_robot(agent: str) -> None:
    assert not known(agent).bot


@pytest.mark.parametrize("agent", IN_APP_ANDROID)
def test_an_in_app_browser_on_android_gets_play_and_is_no_login_sheet(agent: str) -> None:
    device = known(agent)
    assert (device.os, device.form, device.stores) == (OS.ANDROID, Form.PHONE, PLAY)
    assert (device.sheet, device.intents) == (None, False)


@pytest.mark.parametrize("agent", IN_APP_APPLE)
def test_an_in_app_browser_of_apple_gets_the_app_store_and_is_no_login_sheet(agent: str) -> None:
    device = known(agent)
    assert (device.os, device.stores, device.sheet) == (OS.IOS, APPSTORE, None)


def test_the_bare_web_view_of_android_is_a_login_sheet() -> None:
    agent = f"Mozilla/5.0 (Linux; Android 10; SM-A515F Build/QP1A.190711.020; wv) {WV}"
    expected = Device(OS.ANDROID, Form.PHONE, PLAY, Sheet.WEBVIEW, version=(10, 0))
    assert known(agent) == expected


@pytest.mark.parametrize(
    ("agent", "form"),
    [
        (f"{IPHONE} Mobile/15E148", Form.PHONE),
        (f"{IPAD} Mobile/16H22", Form.TABLET),
        (IPHONE, Form.PHONE),
    ],
)
def test_the_bare_web_view_of_apple_is_a_login_sheet(agent: str, form: Form) -> None:
    device = known(agent)
    assert (device.os, device.form, device.stores) == (OS.IOS, form, APPSTORE)
    assert device.sheet is Sheet.APPLE


@pytest.mark.parametrize(
    ("agent", "version"),
    [
        (f"Mozilla/5.0 (Linux; Android 4.4.2; GT-I9195) {CHROME}", (4, 4)),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME}", (10, 0)),
        ("Mozilla/5.0 (Android 11; Mobile; rv:86.0) Gecko/86.0 Firefox/86.0", (11, 0)),
        ("Mozilla/5.0 (Android; Mobile; rv:40.0) Gecko/40.0 Firefox/40.0", UNKNOWN),
        (f"{IPHONE} Version/14.0.3 Mobile/15E148 Safari/604.1", (14, 4)),
        (f"{IPAD} Mobile/16H22", (12, 5)),
        (
            "Mozilla/5.0 (iPhone; U; CPU like Mac OS X; en) AppleWebKit/420+ (KHTML, like Gecko)",
            UNKNOWN,
        ),
        (f"Mozilla/5.0 (Linux; Android 99999999999.88888; X) {CHROME}", (9999, 8888)),
        (f"{MAC} Version/14.0 Safari/605.1.15", UNKNOWN),
    ],
)
def test_the_version_of_the_system_is_read_as_far_as_it_is_told(
    agent: str, version: tuple[int, int]
) -> None:
    assert known(agent).version == version


@pytest.mark.parametrize(
    ("agent", "huawei"),
    [
        (f"Mozilla/5.0 (Linux; Android 10; NOH-NX9; HMSCore 5.0.4.301) {CHROME}", True),
        (f"Mozilla/5.0 (Linux; Android 9; HUAWEI P30) {CHROME}", True),
        (f"Mozilla/5.0 (Linux; Android 10; SM-A515F) {CHROME}", False),
    ],
)
def test_a_phone_that_may_lack_googles_services_is_known(agent: str, huawei: bool) -> None:
    assert known(agent).huawei is huawei


@pytest.mark.parametrize(
    ("agent", "intents"),
    [
        (f"Mozilla/5.0 (Linux; Android 10; SM-A515F) {CHROME}", True),
        (f"Mozilla/5.0 (Linux; Android 10; SM-A515F; wv) {WV}", False),
        (f"Mozilla/5.0 (Linux; Android 10; SM-A515F) {CHROME} OPR/62.3", False),
        (f"{LINUX} {CHROME}", False),
        (f"{IPHONE} Version/14.0.3 Mobile/15E148 Safari/604.1", False),
    ],
)
def test_only_chromium_itself_is_given_an_intent(agent: str, intents: bool) -> None:
    assert known(agent).intents is intents


@pytest.mark.parametrize("agent", [MAC, "CaptiveNetworkSupport-407.40.1 wispr"])
def test_apples_sheet_is_known_even_where_mac_and_ipad_cannot_be_told_apart(agent: str) -> None:
    assert known(agent).sheet is Sheet.APPLE


def test_a_bare_web_view_that_is_not_apples_is_no_login_sheet() -> None:
    assert known(f"Mozilla/5.0 (Series40; MIDP) AppleWebKit/420 {GECKO}").sheet is None


@pytest.mark.parametrize(
    ("agent", "os", "form"), [(a, os, form) for (os, form), many in HELPLESS.items() for a in many]
)
def test_a_device_that_no_store_helps_gets_none(agent: str, os: OS, form: Form) -> None:
    device = known(agent)
    assert (device.os, device.form, device.stores, device.store) == (os, form, NONE, None)


@pytest.mark.parametrize("agent", WINDOWS_PHONE)
def test_a_windows_phone_that_says_like_iphone_gets_no_store(agent: str) -> None:
    assert known(agent) == Device(OS.WINDOWS_PHONE, Form.PHONE, NONE)


@pytest.mark.parametrize(
    "agent",
    [
        f"Mozilla/5.0 (Linux; Plasma Mobile, like Android 9.0) {BLINK} Chrome/75.0 Safari/537.36",
        "Mozilla/5.0 (U; Linux; Maemo; Jolla; Sailfish; like Android 4.3) AppleWebKit/538.1",
        "Mozilla/5.0 (PlayBook; U; Android 2.3.3; vi; PlayBook Build/2.1.0.147) AppleWebKit/533.1",
    ],
)
def test_a_system_that_is_only_like_android_gets_no_store(agent: str) -> None:
    assert known(agent).stores == NONE


@pytest.mark.parametrize(("agent", "os"), UNDECIDABLE)
def test_an_agent_that_leaves_it_open_gets_both_stores(agent: str, os: OS) -> None:
    device = known(agent)
    assert (device.os, device.stores, device.store) == (os, BOTH, None)


@pytest.mark.parametrize("agent", BOTS)
def test_a_program_is_taken_for_a_robot(agent: str) -> None:
    device = judge(agent) or from_family(agent, "Other", form=Form.OTHER, bot=False)
    assert device.bot


@pytest.mark.parametrize(
    ("agent", "form"),
    [
        (f"Mozilla/5.0 (Linux; Android 9; SM-T515) {BLINK} Chrome/88.0 Safari/537.36", Form.TABLET),
        ("Mozilla/5.0 (Android 9; Tablet; rv:68.0) Gecko/68.0 Firefox/68.0", Form.TABLET),
        (f"{MAC} CriOS/87 Version/11.1.1 Safari/605.1.15", Form.TABLET),
        (ANDROID[0], Form.PHONE),
    ],
)
def test_a_tablet_is_told_by_the_missing_word_mobile(agent: str, form: Form) -> None:
    assert known(agent).form is form


@pytest.mark.parametrize("agent", ["ViziOS/1.0.92", "Frobnicator 3", "iPodder", "WhoKnows/1"])
def test_the_rules_leave_to_the_library_what_they_do_not_know(agent: str) -> None:
    assert judge(agent) is None


@pytest.mark.parametrize(
    ("family", "os", "stores"),
    [
        ("Android", OS.ANDROID, PLAY),
        ("iOS", OS.IOS, APPSTORE),
        ("Windows", OS.WINDOWS, NONE),
        ("Windows Phone", OS.WINDOWS_PHONE, NONE),
        ("Mac OS X", OS.MACOS, NONE),
        ("Ubuntu", OS.LINUX, NONE),
        ("FreeBSD", OS.OTHER, NONE),
        ("Other", OS.OTHER, BOTH),
    ],
)
def test_a_family_leads_to_its_store(family: str, os: OS, stores: tuple[AppStore, ...]) -> None:
    device = from_family("Frobnicator 3", family, form=Form.PHONE, bot=False)
    assert device == Device(os, Form.PHONE, stores)


def test_a_robot_that_the_library_knows_stays_one() -> None:
    assert from_family("Frobnicator 3", "Other", form=Form.OTHER, bot=True).bot


def test_a_device_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        known(ANDROID[0]).os = OS.IOS  # type: ignore[misc]


def test_every_rule_is_written_for_lower_case_agents() -> None:
    for rule in RULES:
        literal = re.sub(r"\\.", "", rule.pattern.pattern)
        assert literal == literal.lower()


@given(st.text(max_size=512))
def test_the_rules_answer_any_text(agent: str) -> None:
    device = judge(agent)
    assert device is None or set(device.stores) <= set(AppStore)
