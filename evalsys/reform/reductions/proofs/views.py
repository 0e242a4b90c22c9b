"""Files of versions: adding them, and getting them.

The supervision office adds what proves a version; who reads the service matter can download it.
"""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from evalsys.cases.engine.forms import FilesForm
from evalsys.cases.papers.rules import BadAttachment
from evalsys.cases.papers.service import TooManyFiles, send_stored
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.forms import form_page, given, strip
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.reform.reductions.proofs.models import LONGEST_ABOUT
from evalsys.reform.reductions.proofs.queries import get_proof, get_version
from evalsys.reform.reductions.proofs.service import TooManyProofs, add_proofs

bp = Blueprint("proofs", __name__)


class ProofForm(FilesForm):
    """Files of a version, and what they show."""

    about = StringField(
        _l("What it shows"),
        [
            DataRequired(_l("Please fill this in.")),
            Length(max=LONGEST_ABOUT, message=_l("At most %(n)s characters", n=LONGEST_ABOUT)),
        ],
        [strip],
    )


@bp.route("/reform/reductions/versions/<int:version_id>/evidence", methods=["GET", "POST"])
@requires(Action.REDUCTION_ENTER)
def add(version_id: int) -> ResponseReturnValue:
    """Add files to a version of a service matter."""
    actor, on, form = current_actor(), pages.today(), ProofForm()
    version = get_version(actor, version_id, on)
    if form.validate_on_submit() and not form.sent:
        form.files.errors = [_("Choose a file")]
    elif form.validate_on_submit():
        try:
            about = given(form.about.data)
            added = add_proofs(actor, version, about, form.sent, now=pages.now())
        except (BadAttachment, TooManyFiles, TooManyProofs) as error:
            form.files.errors = [words_of(error)]
        else:
            flash(ngettext("%(num)s file is added.", "%(num)s files are added.", added), "success")
            matter_id = version.service_matter_id
            return redirect(url_for("reductions.show", matter_id=matter_id) + "#history", 303)
    if form.is_submitted() and not form.files.errors:
        form.warn()
    return form_page("proofs/add.html", form=form, version=version)


@bp.get("/reform/reductions/evidence/<int:proof_id>")
@requires(Action.REFORM_VIEW)
def file(proof_id: int) -> ResponseReturnValue:
    """Send a file of a version for download."""
    return send_stored(get_proof(current_actor(), proof_id, pages.today()))
