"""States of a school's payment (学校代缴)."""

from django.db import models


class SchoolState(models.TextChoices):
    """学校代缴状态."""

    OPEN = "open", "核对中"
    BOOKED = "booked", "已入账"
    PART = "part", "部分入账"
    WITHDRAWN = "withdrawn", "已撤销"


SCHOOL_TRANSITIONS = {
    (SchoolState.OPEN, SchoolState.BOOKED): "GX2017 §24: the transfer is the sum of the students",
    (SchoolState.OPEN, SchoolState.PART): "GX2017 §24: some students wait for the rest of the money",
    (SchoolState.PART, SchoolState.BOOKED): "GX2017 §24: the rest has come",
    (SchoolState.PART, SchoolState.PART): "GX2017 §24: a part of the rest has come",
    (SchoolState.BOOKED, SchoolState.PART): "GX2017 §100: a transfer that some students were booked by is taken back",
    (SchoolState.BOOKED, SchoolState.OPEN): "GX2017 §100: the transfer that all students were booked by is taken back",
    (SchoolState.PART, SchoolState.OPEN): "GX2017 §100: what was booked was booked by the transfer taken back",
    (SchoolState.OPEN, SchoolState.WITHDRAWN): "GX2017 §24: taken in by mistake, before any money",
}


class LineState(models.TextChoices):
    """名册明细状态: one student as the school named him."""

    UNMATCHED = "unmatched", "未对应"
    RETURNED = "returned", "已退回学校"
    LISTED = "listed", "待入账"
    LEFT_OUT = "left_out", "未到款"
    PAID = "paid", "已入账"
    WITHDRAWN = "withdrawn", "已撤销"


LINE_TRANSITIONS = {
    (LineState.UNMATCHED, LineState.RETURNED): "GX2017 §24: the school looks again",
    (LineState.UNMATCHED, LineState.LISTED): "GX2017 §24: the right person was found",
    (LineState.RETURNED, LineState.LISTED): "GX2017 §24: the school named the right person",
    (LineState.LISTED, LineState.LEFT_OUT): "GX2017 §24: the transfer does not cover this student",
    (LineState.LEFT_OUT, LineState.LISTED): "GX2017 §24: the money has come, or another was left out",
    (LineState.LISTED, LineState.PAID): "GX2017 §24: the transfer was shared out",
    (LineState.PAID, LineState.LISTED): "GX2017 §100: the transfer was taken back",
    **{
        (state, LineState.WITHDRAWN): "GX2017 §24: the roster was taken in by mistake"
        for state in (LineState.UNMATCHED, LineState.RETURNED, LineState.LISTED, LineState.LEFT_OUT)
    },
}
