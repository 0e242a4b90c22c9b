"""QR codes as inline SVG, without external files or styles."""

import segno
from markupsafe import Markup

QUIET = 2  # modules of quiet zone, in addition to the white of the page


def qr_svg(text: str) -> Markup:
    """Return a QR code as inline SVG without a fixed size."""
    drawing = segno.make_qr(text, error="m").svg_inline(omitsize=True, border=QUIET, lineclass=None)
    return Markup(drawing)  # noqa: S704  # Geometry only.
