"""Steps that change the organisation: write planned rows in bulk, and undo them exactly.

Every row written leaves an image with its values before and after, so that a change can be undone
as long as nothing else has modified its rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy import insert as insert_rows
from sqlalchemy import update as update_rows

from evalsys.core.audit import Unit, lock_until_commit
from evalsys.core.database import Model
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.foundation.pinyin import sound_keys
from evalsys.organisation.org.models import (
    ChiefTerm,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    Staff,
    StaffStatus,
)
from evalsys.organisation.org.rules import Ref, Write

Image = dict[str, Any]  # {"table", "id", "before": {...} | None, "after": {...} | None}
MODELS: dict[str, type[Model]] = {
    "organ": Organ,
    "section": Section,
    "staff": Staff,
    "staff_status": StaffStatus,
    "posting": Posting,
    "chief_term": ChiefTerm,
    "leader_term": LeaderTerm,
}
ORGANISATION_LOCK = 0x6F7267  # "org"
NAMED = ("organ", "section", "staff")  # Tables that a Ref may point to, by the key below.
KEYS = {
    "organ": ("code",),
    "section": ("code",),
    "staff": ("number",),
    "staff_status": ("staff_id", "started_on"),
    "posting": ("staff_id", "started_on"),
    "chief_term": ("section_id", "started_on"),
    "leader_term": ("section_id", "started_on"),
}


def lock_organisation() -> None:
    """Take the advisory lock on the organisation until the transaction ends."""
    lock_until_commit(ORGANISATION_LOCK)


def write_rows(
    unit: Unit, writes: Sequence[Write], reason: str, action: Action = Action.ORG_CHANGE
) -> list[Image]:
    """Write rows in bulk and return their images; `action` is what the audit line calls it.

    New organs, sections and staff come first, to resolve each Ref; then deletes and updates, which
    make room for new dated rows.
    """
    ids: dict[Ref, int] = {}
    images: dict[tuple[str, int], Image] = {}
    inserts = [write for write in writes if write.before is None]
    for table in NAMED:
        _insert(table, inserts, ids, images)
    _delete(writes, images)
    _update(writes, ids, images)
    for table in MODELS.keys() - set(NAMED):
        _insert(table, inserts, ids, images)
    db.session.expire_all()
    counts = {table: sum(write.table == table for write in writes) for table in MODELS}
    unit.record(action, reason, **{key: value for key, value in counts.items() if value})
    return list(images.values())


def _insert(
    table: str,
    writes: Sequence[Write],
    ids: dict[Ref, int],
    images: dict[tuple[str, int], Image],
) -> None:
    rows = [_resolved(write.after or {}, ids) for write in writes if write.table == table]
    if not rows:
        return
    columns = _tables(table).c
    # RETURNING is unordered (sorting it costs a statement per row), so rows are matched by key.
    query = insert_rows(_tables(table)).returning(
        columns.id, *(columns[key] for key in KEYS[table])
    )
    written = {tuple(key): new_id for new_id, *key in db.session.execute(query, rows)}
    for row in rows:
        new_id = written[tuple(row[key] for key in KEYS[table])]
        images[table, new_id] = {"table": table, "id": new_id, "before": None, "after": plain(row)}
        if table in NAMED:
            ids[Ref(table, row[KEYS[table][0]])] = new_id


def _delete(writes: Sequence[Write], images: dict[tuple[str, int], Image]) -> None:
    for table, rows in _by_table(writes, lambda write: write.after is None).items():
        gone = [_known(write.id, {}) for write in rows]
        db.session.execute(delete(MODELS[table]).where(_tables(table).c.id.in_(gone)))
        for write, row_id in zip(rows, gone, strict=True):
            before = plain(write.before or {})
            images[table, row_id] = {"table": table, "id": row_id, "before": before, "after": None}


def _update(
    writes: Sequence[Write], ids: Mapping[Ref, int], images: dict[tuple[str, int], Image]
) -> None:
    changes = _by_table(writes, lambda write: None not in (write.before, write.after))
    for table, rows in changes.items():
        values = []
        for write in rows:
            row_id = _known(write.id, ids)
            before, after = plain(write.before or {}), _resolved(write.after or {}, ids)
            values.append({"id": row_id, **after})
            image = images.setdefault(
                (table, row_id), {"table": table, "id": row_id, "before": {}, "after": {}}
            )
            if image["before"] is not None:
                image["before"] = {**before, **image["before"]}
            image["after"].update(plain(after))
        _update_rows(table, values)


def _update_rows(table: str, values: list[dict[str, Any]]) -> None:
    """Update by key; rows that change the same columns share a statement.

    With a name goes what it sounds like.
    """
    if not values:
        return
    if table == "staff":
        values = [_with_sounds(row) for row in values]
    values.sort(key=sorted)
    db.session.execute(update_rows(MODELS[table]), values)


def _with_sounds(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "sounds": sound_keys(row["name"])} if "name" in row else row


def _by_table(writes: Iterable[Write], wanted: Any) -> dict[str, list[Write]]:
    grouped: dict[str, list[Write]] = {}
    for write in writes:
        if wanted(write):
            grouped.setdefault(write.table, []).append(write)
    return grouped


def _resolved(values: Mapping[str, Any], ids: Mapping[Ref, int]) -> dict[str, Any]:
    return {key: _known(value, ids) for key, value in values.items()}


def _known(value: Any, ids: Mapping[Ref, int]) -> Any:
    return ids[value] if isinstance(value, Ref) else value


def _tables(table: str) -> Table:
    model_table = MODELS[table].__table__
    assert isinstance(model_table, Table)
    return model_table


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON types: dates in ISO format."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in values.items()
    }


def restore_rows(unit: Unit, images: Sequence[Image], reason: str) -> None:
    """Undo written rows exactly.

    Raises DomainError if one of them was modified since.
    """
    changed = sum(_count_changed(table, rows) for table, rows in _grouped(images).items())
    if changed:
        raise DomainError(
            N_(
                "This cannot be undone any more: %(count)s of its rows were changed by something "
                "later. Undo the later change first, or put it right with a new file."
            ),
            count=changed,
        )
    for table in reversed(MODELS):
        rows = _grouped(images).get(table, [])
        new = [image["id"] for image in rows if image["before"] is None]
        back = [_before(image) for image in rows if image["before"] and image["after"]]
        gone = [_before(image) for image in rows if image["after"] is None]
        if table == "section" and new:  # Sections may be each other's parents.
            _update_rows(table, [*({"id": row_id, "parent_id": None} for row_id in new)])
            _update_rows(table, back)
            back = []
        if new:
            db.session.execute(delete(MODELS[table]).where(_tables(table).c.id.in_(new)))
        _update_rows(table, back)
        if gone:
            db.session.execute(insert_rows(_tables(table)), gone)
    db.session.expire_all()
    unit.record(Action.ORG_CHANGE, reason, undone=len(images))


def _grouped(images: Sequence[Image]) -> dict[str, list[Image]]:
    grouped: dict[str, list[Image]] = {}
    for image in images:
        grouped.setdefault(image["table"], []).append(image)
    return grouped


def _count_changed(table: str, images: Sequence[Image]) -> int:
    """Return how many rows differ from their images."""
    keys = _tables(table)
    wanted = [image["id"] for image in images]
    rows = db.session.execute(select(keys).where(keys.c.id.in_(wanted))).mappings()
    stored = {row["id"]: plain(dict(row)) for row in rows}
    changed = 0
    for image in images:
        row, after = stored.get(image["id"]), image["after"]
        if after is None or row is None:
            changed += (row is None) != (after is None)
        else:
            changed += any(row[key] != value for key, value in after.items())
    return changed


def _before(image: Image) -> dict[str, Any]:
    """Return the id and the former values of a row as column types."""
    columns = _tables(image["table"]).c
    values = {
        key: date.fromisoformat(value)
        if isinstance(value, str) and columns[key].type.python_type is date
        else value
        for key, value in image["before"].items()
    }
    return {"id": image["id"], **values}
