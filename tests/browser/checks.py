"""What every page must hold: nothing that axe objects to, sticks out, is cut or lies on text."""

from playwright.sync_api import Page

# By tag, because the rule for the size of targets (2.5.8) runs only when it is asked for.
STANDARDS = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    "best-practice",
]
# These pages renew themselves because they show the present minute, and without script.
RENEWING = ".screen, .hall, progress"
# Pairs of texts that lie on each other by more than a line's own overhang, where both are seen.
TEXT_ON_TEXT = """() => {
  const clips = (node) => {
    let box = { left: -1e6, top: -1e6, right: 1e6, bottom: 1e6 };
    for (let one = node; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (["sticky", "fixed"].includes(style.position)) return null;  // It may lie on what passes.
      if (style.overflow === "visible") continue;
      const b = one.getBoundingClientRect();
      box = { left: Math.max(box.left, b.left), top: Math.max(box.top, b.top),
        right: Math.min(box.right, b.right), bottom: Math.min(box.bottom, b.bottom) };
    }
    return box;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest("svg, script, style, option, .skip")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange(), clip = clips(parent);
    if (!clip) continue;
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      const [left, top] = [Math.max(r.left, clip.left), Math.max(r.top, clip.top)];
      const [right, bottom] = [Math.min(r.right, clip.right), Math.min(r.bottom, clip.bottom)];
      if (right > 0 && right - left > 3 && bottom - top > 3)
        seen.push({ left, top, right, bottom, node, words: node.data.trim().slice(0, 40) });
    }
  }
  seen.sort((a, b) => a.top - b.top);
  const found = [];
  for (let i = 0; i < seen.length && found.length < 3; i += 1)
    for (let j = i + 1; j < seen.length && seen[j].top < seen[i].bottom - 6; j += 1) {
      const [a, b] = [seen[i], seen[j]];
      // The boxes of two close lines overlap by what letters do not reach.
      const least = Math.max(6, 0.4 * Math.min(a.bottom - a.top, b.bottom - b.top));
      if (a.node !== b.node && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3
        && Math.min(a.bottom, b.bottom) - b.top > least) found.push(a.words + " / " + b.words);
    }
  return found;
}"""

# What is moved sideways without a name, without the keyboard, or without a sign that it goes on.
SIDEWAYS = """() => [...document.querySelectorAll("main *, header *")].filter((one) => {
  const style = getComputedStyle(one);
  if (!["auto", "scroll"].includes(style.overflowX) || one.scrollWidth <= one.clientWidth + 1)
    return false;
  const isNamed = one.getAttribute("aria-label") && (one.role || one.localName === "nav");
  const isReached = one.tabIndex === 0 || one.querySelector("a[href]");
  const isShown = style.backgroundAttachment.includes("local");
  return !["TEXTAREA", "INPUT"].includes(one.tagName) && !(isNamed && isReached && isShown);
}).map((one) => one.outerHTML.slice(0, 120))"""


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
    found += [f"{width} px stick out"] if width > 0 else []
    found += [f"goes on sideways without a sign: {it}" for it in page.evaluate(SIDEWAYS)]
    return found + [f"text on text: {pair}" for pair in page.evaluate(TEXT_ON_TEXT)]


def assert_accessible(page: Page) -> None:
    """Fail on anything wrong with a page."""
    found = faults(page)
    assert found == [], f"{page.url}: {found}"
