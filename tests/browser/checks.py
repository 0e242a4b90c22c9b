"""What every page must hold: nothing that axe objects to, nothing that sticks out sideways."""

from playwright.sync_api import Page

# By tag, because the rule for the size of targets (2.5.8) runs only when it is asked for.
STANDARDS = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    "best-practice",
]
# These pages renew themselves because they show the present minute, and without script.
RENEWING = ".screen, progress"


def faults(page: Page, *, contrast: bool = True) -> list[str]:
    """Return what is wrong with a page, its details opened.

    Contrast takes axe most of its time, and need not be measured anew for another language or size.
    """
    page.wait_for_load_state("load")  # A click goes on as soon as the new page begins.
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    found: list[str] = page.evaluate(
        """async ([standards, isRenewing, isContrast]) => {
          const rules = {
            "meta-refresh": { enabled: !isRenewing }, "color-contrast": { enabled: isContrast } };
          const options = {
            runOnly: { type: "tag", values: standards }, resultTypes: ["violations"], rules };
          const answer = await axe.run(options);
          return answer.violations.map((one) => one.id + ": "
            + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | "));
        }""",
        [STANDARDS, page.locator(RENEWING).count() > 0, contrast],
    )
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found + ([f"{width} px stick out"] if width > 0 else [])


def assert_accessible(page: Page) -> None:
    """Fail on anything wrong with a page."""
    assert faults(page) == [], page.url
