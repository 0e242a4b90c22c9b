"""QR codes as drawings inside a page: nothing is fetched, and no style is needed."""

import segno
from markupsafe import Markup

QUIET = 2  # Modules around the code; the white of what it is printed on adds to them.


def qr_svg(text: str) -> Markup:
    """Return a QR code as inline SVG, which stretches to its box."""
    drawing = segno.make_qr(text, error="m").svg_inline(omitsize=True, border=QUIET, lineclass=None)
    return Markup(drawing)  # noqa: S704  # Geometry only.
