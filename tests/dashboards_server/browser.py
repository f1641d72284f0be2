"""A headless Chromium that signs in by the form and reads dashboards as a person would.

Belongs here: opening, waiting, reading cards, screenshots. Does not belong here: what a card must show.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.dashboards_server.server import PASSWORD

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
SECONDS = 60
_DRAWING_SECONDS = 15
_FEWEST_PIXELS = 20
CARD = "[data-test='dashboard-component-chart-holder']"
TAB = "[data-test='dashboard-component-tabs'] [role='tab']"
LOADING = "[data-test='loading-indicator'], .loading"

# One look at a card: what is drawn, what is written, whether it fits. Marks are what ECharts or a table put there.
_LOOK = """
return Array.from(document.querySelectorAll(arguments[0])).filter(card => card.offsetParent !== null).map(card => {
  const canvas = Array.from(card.querySelectorAll('canvas')).map(one => {
    const context = one.getContext('2d');
    if (!context || !one.width || !one.height) return 0;
    const pixels = context.getImageData(0, 0, one.width, one.height).data;
    let coloured = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const [red, green, blue, alpha] = pixels.slice(i, i + 4);
      if (alpha > 64 && Math.max(red, green, blue) - Math.min(red, green, blue) > 24) coloured += 1;
    }
    return coloured;
  });
  const body = card.querySelector("[data-test='slice-container']") || card;
  const spills = Array.from(body.querySelectorAll('*')).some(one => {
    const style = getComputedStyle(one);
    return one.scrollWidth > one.clientWidth + 2 && style.overflowX === 'visible' && one.clientWidth > 0
      && one.getBoundingClientRect().right > card.getBoundingClientRect().right + 2;
  });
  const title = card.querySelector("[data-test='editable-title']");
  return {
    title: title ? (title.innerText || title.textContent).trim() : '',
    text: card.innerText,
    rows: card.querySelectorAll("tbody tr, .pvtTable tr, [role='row']").length,
    coloured: Math.max(0, ...canvas),
    shapes: card.querySelectorAll("[data-test='slice-container'] svg path[d], svg circle").length,
    figures: card.querySelectorAll('.header-line, .superset-legacy-chart-big-number').length,
    spills: spills,
  };
});
"""


@dataclass(frozen=True)
class Card:
    """One chart as the page shows it."""

    title: str
    text: str
    rows: int
    coloured: int
    shapes: int
    figures: int
    spills: bool

    @property
    def has_marks(self) -> bool:
        """Whether something is drawn or listed; axes and their labels are grey and do not count."""
        return self.rows > 0 or self.coloured > _FEWEST_PIXELS or self.shapes > 0 or self.figures > 0


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
        self._await("[data-test='dashboard-content-wrapper'], .dashboard, .grid-container")
        self.settle()

    def tabs(self) -> list[WebElement]:
        """The tabs that show now; a tab in a tab shows when its parent is open."""
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, TAB) if one.is_displayed()]

    def settle(self) -> None:
        """Wait until every card on this tab has loaded and, if it ever does, drawn; what comes into view loads."""
        for position, card in enumerate(self._cards()):
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", card)
            WebDriverWait(self.driver, SECONDS).until(lambda _, card=card: self._has_settled(card))
            with contextlib.suppress(TimeoutException, IndexError):
                WebDriverWait(self.driver, _DRAWING_SECONDS).until(
                    lambda _, position=position: self.cards()[position].has_marks
                )

    def cards(self) -> list[Card]:
        """The cards of this tab."""
        return [Card(**one) for one in self.driver.execute_script(_LOOK, CARD)]

    def text(self) -> str:
        """Everything that is written on the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def keep(self, name: str) -> None:
        """A picture of the whole page as it stands."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        height = self.driver.execute_script(
            "return Math.max(900, ...Array.from(document.querySelectorAll('.dashboard-content, .grid-container, body'))"
            ".map(one => one.scrollHeight + 200))"
        )
        self.driver.set_window_size(1440, min(int(height), 6000))
        self.driver.save_screenshot(str(self.pictures / f"{name}.png"))

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

    def _cards(self) -> list[WebElement]:
        WebDriverWait(self.driver, SECONDS).until(
            lambda driver: driver.find_elements(
                By.CSS_SELECTOR, f"{CARD}, [data-test='dashboard-markdown-editor'], .dashboard-markdown"
            )
        )
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, CARD) if one.is_displayed()]

    def _has_settled(self, card: WebElement) -> bool:
        is_loading = any(one.is_displayed() for one in card.find_elements(By.CSS_SELECTOR, LOADING))
        return not is_loading and bool(card.find_elements(By.CSS_SELECTOR, "[data-test='slice-container'] *"))

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
