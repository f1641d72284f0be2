"""A headless Chromium that signs in by the form and reads dashboards as a person would.

Belongs here: opening, waiting, reading cards, what a screen reader or a keyboard meets, screenshots. Does not belong
here: what a card must show.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.dashboards_server.server import PASSWORD

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
_AXE = Axe()
SECONDS = 60
_DRAWING_SECONDS = 10
_FEWEST_PIXELS = 20
_WIDTH, _TALLEST = 1440, 8000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# The rows of a table are alike: axe-core reads the first two.
LATER_ROWS = "tbody tr:nth-child(n+3)"
CHART = "[data-test='chart-grid-component']"
TEXT = "[data-test='dashboard-markdown-editor']"
NOTHING = "Geen cijfers bij deze keuze"
TAB = "[data-test='dashboard-component-tabs'] [role='tab']"
FILTER_LOADING = "[data-test='filter-bar'] [data-test='loading-indicator']"

# One look at the cards that show: what is drawn, what is written, whether it fits. Marks are what ECharts or a table
# put there. A card spills when something of it shows outside it, or is cut off, or must be scrolled sideways.
_LOOK = r"""
const [chart, text, fewest] = arguments;
const size = one => one.getBoundingClientRect();
const style = one => getComputedStyle(one);
const isCutOff = one => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 2;

const isColour = (red, green, blue) => Math.max(red, green, blue) - Math.min(red, green, blue) > 24;

function isPainted(canvas) {
  const context = canvas.getContext('2d');
  if (!context || !canvas.width || !canvas.height) return false;
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let i = 0; i < pixels.length && found <= fewest; i += 4) {
    if (pixels[i + 3] > 64 && isColour(pixels[i], pixels[i + 1], pixels[i + 2])) found += 1;
  }
  return found > fewest;
}

const isFilled = path => isColour(...(style(path).fill.match(/\d+/g) || [0, 0, 0]).slice(0, 3).map(Number));

function hasMarks(card) {
  const all = selector => Array.from(card.querySelectorAll("[data-test='slice-container'] " + selector));
  return all('tbody tr').length > 0 || all('canvas').some(isPainted) || all('svg path').some(isFilled);
}

function isClipped(one, card) {
  for (let box = one.parentElement; box && box !== card; box = box.parentElement) {
    if (style(box).overflowX !== 'visible') return true;
  }
  return false;
}

function spills(card) {
  const outer = size(card);
  const isOutside = one => {
    const inner = size(one);
    return inner.width > 0 && (inner.right > outer.right + 2 || inner.bottom > outer.bottom + 2)
      && !isClipped(one, card);
  };
  const isSideways = one => ['auto', 'scroll'].includes(style(one).overflowX) && isCutOff(one);
  const titles = Array.from(card.querySelectorAll("[data-test='editable-title'], .header-title"));
  const all = Array.from(card.querySelectorAll('*'));
  return titles.some(isCutOff) || all.some(one => isSideways(one) || isOutside(one));
}

function chartCard(card) {
  const title = card.querySelector("[data-test='editable-title']");
  const has = selector => card.querySelectorAll(selector).length;
  return {
    title: title ? (title.innerText || title.textContent).trim() : '',
    text: card.innerText,
    is_loaded: !has("[data-test='loading-indicator'], .loading") && has("[data-test='slice-container']") > 0,
    has_marks: hasMarks(card),
    spills: spills(card.closest("[data-test='dashboard-component-chart-holder']")),
    is_told: Array.from(card.querySelectorAll('canvas')).every(one => one.closest("[role='img'][aria-label]")),
  };
}

function textCard(card) {
  const title = card.innerText.split('\n')[0];
  const cutOff = Array.from(card.querySelectorAll('*')).concat(card).some(one =>
    style(one).overflowY !== 'visible' && one.scrollHeight > one.clientHeight + 2);
  return {title: title, text: card.innerText, is_loaded: true, has_marks: true, spills: cutOff, is_told: true};
}

const shown = selector => Array.from(document.querySelectorAll(selector)).filter(one => one.offsetParent !== null);
return shown(chart).map(chartCard).concat(shown(text).map(textCard));
"""
_HEADINGS = """
return Array.from(document.querySelectorAll('h1, h2')).filter(one => one.offsetParent !== null)
  .map(one => [one.tagName, one.innerText.trim()])
"""
# Where the keyboard is: in which part of the page and of which card, and whether a person could see it.
_FOCUS = """
const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
const part = one.closest("[data-test='filter-bar']") ? 'filters'
  : one.closest("[data-test='dashboard-content-wrapper'] [data-test='grid-container']") ? 'content' : 'head';
const card = one.closest("[data-test='chart-grid-component']");
const isSeen = one.tagName === 'INPUT' || style.outlineStyle !== 'none' || style.boxShadow !== 'none'
  || one.matches("[role='tab']");
return {part: part, card: card ? card.dataset.testChartName : null, label: one.getAttribute('aria-label') || '',
  is_seen: box.width > 0 && isSeen, is_page: one === document.body};
"""
_HEIGHT = """
return Math.max(900, ...Array.from(document.querySelectorAll('.grid-container, .grid-content'))
  .map(one => one.getBoundingClientRect().bottom + window.scrollY + 20))
"""


@dataclass(frozen=True)
class Card:
    """One chart or text as the page shows it.

    Axes and their labels are grey: they are no marks. `is_told`: every drawing has a text beside it for who sees none.
    """

    title: str
    text: str
    is_loaded: bool
    has_marks: bool
    spills: bool
    is_told: bool

    @property
    def is_drawn(self) -> bool:
        """Whether it shows its figures, or says that there are none."""
        return self.has_marks or NOTHING in self.text


@dataclass(frozen=True)
class Violation:
    """A rule of axe-core and a piece of the page that breaks it."""

    rule: str
    html: str
    message: str


@dataclass(frozen=True)
class Focus:
    """Where the keyboard is: in the head, the filters or the content, and in which chart."""

    part: str
    card: str | None
    label: str
    is_seen: bool
    is_page: bool


class Browser:
    """Chromium, to which every name but 127.0.0.1 is unknown."""

    def __init__(self, driver: webdriver.Chrome, url: str, pictures: Path) -> None:
        self.driver, self.url, self.pictures = driver, url, pictures

    def sign_in(self, username: str) -> None:
        """By the form."""
        self.driver.get(f"{self.url}/login/")
        self._await("#username").send_keys(username)
        self._await("#password").send_keys(PASSWORD)
        self.keep(f"login-{username}")
        self._await("button[type='submit']").click()
        WebDriverWait(self.driver, SECONDS).until(lambda driver: "/login" not in driver.current_url)

    def open(self, slug: str) -> None:
        """A dashboard, until its first charts stand."""
        self.driver.get(f"{self.url}/superset/dashboard/{slug}/")
        self._await(CHART)
        self.settle()

    def tabs(self) -> list[WebElement]:
        """The tabs that show now; a tab in a tab shows when its parent is open."""
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, TAB) if one.is_displayed()]

    def show(self, tab: WebElement) -> None:
        """Open a tab, until its charts stand."""
        self.driver.execute_script("arguments[0].click()", tab)
        self.settle()

    def settle(self) -> None:
        """Wait until every card that shows has loaded and drawn; one that never does is left as it is.

        Charts load when they come into view: the window is made as high as the page.
        """
        self.driver.set_window_size(_WIDTH, min(int(self.driver.execute_script(_HEIGHT)), _TALLEST))
        self._patiently(SECONDS, lambda: not self.driver.find_elements(By.CSS_SELECTOR, FILTER_LOADING))
        self._patiently(SECONDS, lambda: all(card.is_loaded for card in self.cards()))
        self._patiently(_DRAWING_SECONDS, lambda: all(card.is_drawn for card in self.cards()))

    def cards(self) -> list[Card]:
        """The cards of this tab."""
        return [Card(**one) for one in self.driver.execute_script(_LOOK, CHART, TEXT, _FEWEST_PIXELS)]

    def text(self) -> str:
        """Everything that is written on the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def headings(self) -> list[tuple[str, str]]:
        """The first two levels: tag and text."""
        return [(tag, text) for tag, text in self.driver.execute_script(_HEADINGS)]

    def violations(self) -> list[Violation]:
        """What axe-core finds against WCAG 2.1 A and AA and its own best practices."""
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        found = _AXE.run(self.driver, {"exclude": [[LATER_ROWS]]}, options)
        return [
            Violation(one["id"], node["html"], node["failureSummary"])
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def walk_by_keyboard(self, most: int) -> Iterator[Focus]:
        """Press Tab from the top until the page ends, at most so many times."""
        self.driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
        for _ in range(most):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            focus = Focus(**self.driver.execute_script(_FOCUS))
            if focus.is_page:
                return
            yield focus

    def keep(self, name: str) -> None:
        """A picture of the page as it stands."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(self.pictures / f"{name}.png"))

    def spoil(self, position: int, script: str) -> None:
        """Change a chart's card (`card`), as a fault of the dashboards would."""
        self.driver.execute_script(
            f"const card = document.querySelectorAll(arguments[0])[arguments[1]]; {script}", CHART, position
        )

    def outside_requests(self) -> set[str]:
        """Addresses other than the server's that a page asked for and the policy let through."""
        found = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = message["params"]["request"]["url"]
                if address.startswith(("http:", "https:", "ws:", "wss:")) and not address.startswith(
                    self.url
                ):
                    found.add((message["params"]["requestId"], address))
        return {address for _, address in found}

    def console_errors(self) -> list[str]:
        """What the pages complained of."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def _patiently(self, seconds: int, is_done: Callable[[], bool]) -> None:
        with contextlib.suppress(TimeoutException):
            WebDriverWait(self.driver, seconds).until(lambda _: is_done())

    def _await(self, selector: str) -> WebElement:
        found: WebElement = WebDriverWait(self.driver, SECONDS).until(
            lambda driver: next(iter(driver.find_elements(By.CSS_SELECTOR, selector)), None)
        )
        return found


@contextlib.contextmanager
def browser(url: str, pictures: Path) -> Iterator[Browser]:
    """A Chromium of its own, closed at the end."""
    missing = [str(path) for path in (CHROMIUM, DRIVER) if not path.exists()]
    assert not missing, f"{missing} missing: apt-get install chromium chromium-driver fonts-dejavu"
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1440,1200", "--lang=nl",
        "--force-device-scale-factor=1", "--disable-background-networking", "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_page_load_timeout(SECONDS)
    try:
        yield Browser(driver, url, pictures)
    finally:
        driver.quit()
