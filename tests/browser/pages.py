"""The pages of the real programs in a real browser: Debian's chromium, driven by python3-selenium.

Usage: pages.py BIN_DIR [SCREENSHOTS]     exit code 77: skipped, with the reason
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
PATIENCE = 120  # seconds; nothing takes that long when all is well
HOSTILE = "<img src=x onerror=alert(1)>"

try:
    from selenium import webdriver
    from selenium.common.exceptions import NoAlertPresentException, StaleElementReferenceException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    print("skipped: python3-selenium is not here (scripts/bootstrap browser)")
    sys.exit(SKIPPED)

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
for program in (CHROMIUM, DRIVER):
    if not os.access(program, os.X_OK):
        print(f"skipped: {program} is not here (scripts/bootstrap browser)")
        sys.exit(SKIPPED)


class Program:
    """One of the three, speaking JSON."""

    def __init__(self, name, arguments, directory):
        self.process = subprocess.Popen(
            [str(BIN / name), "--json", *map(str, arguments)],
            cwd=directory,
            env={**os.environ, "HOME": str(directory), "XDG_CACHE_HOME": str(directory / "cache")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, event):
        for line in self.process.stdout:
            told = json.loads(line)
            if told["event"] == event:
                return told
        raise AssertionError(f"the program ended without {event}")

    def end(self):
        self.process.terminate()
        self.process.communicate()


def browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--window-size=1200,1400",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


class Look:
    """A browser, and what a test asks of it."""

    def __init__(self, driver, screenshots):
        self.driver = driver
        self.screenshots = screenshots

    def until(self, condition, what):
        wait = WebDriverWait(
            self.driver, PATIENCE, poll_frequency=0.2, ignored_exceptions=[StaleElementReferenceException]
        )
        wait.until(lambda _: condition(), what)

    def at_rest(self, act):
        """What that returns: again when the page has renewed what it had found before it was used."""
        for _ in range(100):
            try:
                return act()
            except StaleElementReferenceException:
                pass
        raise AssertionError("the page renews itself too often to be used")

    def text(self, selector):
        found = lambda: self.driver.find_elements(By.CSS_SELECTOR, selector)
        return self.at_rest(lambda: " ".join(one.text for one in found()))

    def click(self, identifier):
        self.at_rest(lambda: self.driver.find_element(By.ID, identifier).click())

    def names(self):
        return self.driver.execute_script(
            "return [...document.querySelectorAll('#names tbody th')].map(one => one.textContent)"
        )

    def theme(self, name):
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def keep(self, name):
        if not self.screenshots:
            return
        self.screenshots.mkdir(parents=True, exist_ok=True)
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        width = self.driver.execute_script("return window.innerWidth")
        metrics = {"width": width, "height": min(height, 4000), "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.save_screenshot(str(self.screenshots / f"{name}.png"))
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def keep_all(self, name):
        """Both themes, and a narrow screen, on which nothing may stick out."""
        for theme in ("light", "dark"):
            self.theme(theme)
            colour = self.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
            is_dark = sum(int(part) for part in colour[4:-1].split(",")) < 384
            assert is_dark == (theme == "dark"), (theme, colour)
            self.keep(f"{name}-{theme}")
        self.theme("light")
        narrow = {"width": 375, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
        sticks_out = self.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sticks_out <= 0, f"{name} is {sticks_out} pixels too wide for a narrow screen"
        self.keep(f"{name}-narrow")
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def is_harmless(self):
        """No name has become markup, no script has run that is not ours, and nothing is wrong."""
        assert not self.driver.find_elements(By.CSS_SELECTOR, "img[src='x']")
        try:
            raise AssertionError(f"a name has run: {self.driver.switch_to.alert.text}")
        except NoAlertPresentException:
            pass
        errors = [one for one in self.driver.get_log("browser") if one["level"] == "SEVERE"]
        assert not errors, errors


def tracker_page(look, link):
    look.driver.get(link)
    look.until(lambda: "Live" in look.text("#state"), "the script runs")
    assert HOSTILE in look.names(), look.names()
    look.is_harmless()
    look.keep_all("tracker")

    look.click("sort-name")
    look.until(lambda: look.names()[0] == "file-9.bin", "names run backwards")
    search = look.driver.find_element(By.ID, "q")
    search.send_keys("ONERROR")
    look.until(lambda: look.names() == [HOSTILE], "the search finds it while one types")
    assert look.driver.switch_to.active_element == search, "who types is left alone"
    assert "q=ONERROR" in look.driver.current_url, "the link can be kept"
    look.driver.refresh()
    assert look.names() == [HOSTILE]
    assert look.driver.find_element(By.ID, "q").get_attribute("value") == "ONERROR"
    look.is_harmless()


def without_a_script(look, link):
    look.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    look.driver.get(link)
    search = look.driver.find_element(By.ID, "q")
    search.send_keys("file-3.bin")
    search.submit()
    look.until(lambda: "file-3.bin" in look.text("#names tbody"), "the tables are there")
    assert "file-4.bin" not in look.text("#names tbody")
    look.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def download(look, link, hurry):
    look.driver.get(link)
    look.until(lambda: "big.bin" in look.text("#fetching"), "it is being fetched")
    assert "big.bin" not in look.text("#offering")
    look.until(lambda: look.text("#peers tbody code") != "", "a peer is shown")
    look.keep_all("leecher")
    look.is_harmless()
    hurry()
    look.until(lambda: "big.bin" in look.text("#offering tbody"), "it is whole")
    look.until(lambda: look.text("#fetching") == "", "and fetched no longer")
    assert "Complete" in look.text("#log")
    look.is_harmless()


def run(home, look):
    files = home / "files"
    files.mkdir()
    for i in range(10):
        (files / f"file-{i}.bin").write_bytes(os.urandom(20_000 + i))
    (files / HOSTILE).write_bytes(os.urandom(30_000))
    (files / "big.bin").write_bytes(os.urandom(6_000_000))
    config = home / "seeder.conf"
    config.write_text("upload-limit = 64K\n")

    tracker = Program("tracker", ["--listen", "127.0.0.1:0", "--web"], home)
    at = ["--tracker", tracker.wait_for("listening")["address"], "--listen", "127.0.0.1:0"]
    tracker_link = tracker.wait_for("web")["link"]
    offered = sorted(files.iterdir())
    seeder = Program("seeder", [*offered, *at, "--web", "--config", config], home)
    seeder_link = seeder.wait_for("web")["link"]
    for _ in offered:
        seeder.wait_for("registered")
    (home / "copy").mkdir()
    leecher = Program("leecher", ["big.bin", *at, "--output", home / "copy", "--web"], home)
    leecher_link = leecher.wait_for("web")["link"]
    leecher.wait_for("found")

    def hurry():
        config.write_text("upload-limit = 0\n")
        seeder.process.send_signal(signal.SIGHUP)

    try:
        tracker_page(look, tracker_link)
        without_a_script(look, tracker_link)
        look.driver.get(seeder_link)
        look.until(lambda: HOSTILE in look.text("#offering"), "the seeder shows what it offers")
        look.keep_all("seeder")
        look.is_harmless()
        download(look, leecher_link, hurry)
        leecher.end()
        look.until(lambda: "gone" in look.text("#state"), "the page says that the program is gone")
        look.keep("gone")
    finally:
        for program in (leecher, seeder, tracker):
            program.end()


if __name__ == "__main__":
    BIN = Path(sys.argv[1]).resolve()
    pictures = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(prefix="shoal-test-", ignore_cleanup_errors=True) as name:
        driver = browser(Path(name) / "profile")
        try:
            run(Path(name), Look(driver, pictures))
        finally:
            driver.quit()
    print("the pages are well")
