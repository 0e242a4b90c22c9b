"""What no page of a return or a stay names so shortly as its register does."""

from evalsys.foundation.spreadsheets.model import Words

RESULTS = {
    "pass": Words("达标", "passed"),
    "fail": Words("未达标", "failed"),
    "fail_again": Words("再次未达标", "failed again"),
}
DECISIONS = {
    "admit": Words("纳入人员池", "admitted to the pool"),
    "move_directly": Words("直接调岗", "moved directly"),
    "reject": Words("不同意退人", "rejected"),
}
STATEMENTS = {
    "state": Words("已陈述申辩", "given"),
    "waive": Words("书面放弃", "waived in writing"),
    "note_silence": Words("逾期未陈述", "none came in time"),
}
