"""附件2 城乡居民基本医疗保险在校学生参保登记表 (GX2017 §9; F-02): the students of a class, totals, declaration, seal.

`rows` are the students; `values` name school, year and class.
"""

from typing import Final

from reportlab.platypus import Flowable, Spacer

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
from tongchou.platform.web.paper import SMALL, WIDTH, grid, paragraph

COLUMNS: Final = (
    ("序号", "place", 0.05),
    ("姓名", "name", 0.09),
    ("证件号码", "certificate_no", 0.17),
    ("性别", "sex", 0.05),
    ("出生日期", "born_on", 0.11),
    ("户籍地", "hukou", 0.09),
    ("监护人", "guardian", 0.09),
    ("监护人电话", "guardian_phone", 0.12),
    ("银行账号", "account_no", 0.12),
    ("特殊人员标识", "groups", 0.11),
)
BLANK_ROWS: Final = 20
DECLARATION: Final = "本校已核对:以上学生均未在行政村(社区)参保登记,所填内容真实。"
ROOM_TO_SIGN: Final = 60


def body(filled: Filled) -> list[Flowable]:
    """The sheet (F-02)."""
    count = len(filled.rows) if filled.subject else "      "
    return [
        forms.pairs(
            filled,
            [
                ("学校", filled.said("school")),
                ("学年", filled.said("school_year")),
                ("班级", filled.said("class_name")),
                ("填报日期", filled.on.isoformat() if filled.on else ""),
            ],
        ),
        Spacer(WIDTH, 6),
        forms.table(
            filled,
            [label for label, _name, _share in COLUMNS],
            [[filled.cell(row, name) for _label, name, _share in COLUMNS] for row in filled.rows],
            [share for _label, _name, share in COLUMNS],
            blank=BLANK_ROWS,
        ),
        Spacer(WIDTH, 4),
        paragraph(f"合计 {count} 人    {DECLARATION}", SMALL),
        Spacer(WIDTH, 6),
        grid(
            [[paragraph(one) for one in ("学校负责人签名:", "学校(公章):", "受理机构经办人签名、日期:")]],
            (0.33, 0.33, 0.34),
            height=ROOM_TO_SIGN,
        ),
    ]


FORM: Final = Form("城乡居民基本医疗保险在校学生参保登记表", "附件2", body)
