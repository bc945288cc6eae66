"""原制度参保人迁移: the registers of the two former schemes are taken over (GX2017 §12; ENR-15).

Whoever stands in both is one person with one relation and two former registrations; nobody registers again. A number
that is known under another name is refused row by row, for the clerk to look into; records that differ in number and
agree otherwise are found with the other possible duplicates.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import roster
from tongchou.enrolment.states import FormerScheme
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import Option
from tongchou.platform.spreadsheets.staging import Intake

LAYOUT: Final = Layout(
    "原制度参保登记",
    (
        *roster.LAYOUT.columns,
        Column(
            "former_number",
            "原参保编号",
            Holds.CODE,
            ("个人编号", "原个人编号", "医疗证号", "参合证号"),
            required=True,
            longest=40,
            example="4501020001",
        ),
    ),
)
_KNOWN: Final = """enrolment_person p
    JOIN enrolment_enrolment e ON e.person_id = p.id AND e.scheme = 'resident' AND e.enrolled_until IS NULL
   WHERE p.certificate_no = r.certificate_no AND p.certificate_type = r.certificate_type AND p.name = r.name
     AND p.merged_into_id IS NULL AND p.died_on IS NULL AND p.pooling_area_id = %s"""


def check(intake: Intake) -> None:
    """Who stands here already is a repetition; all others are held to what any roster is held to."""
    intake.run("UPDATE {rows} SET repeated = false")
    intake.run(
        f"""UPDATE {{rows}} r SET repeated = true, good = false, person_id = p.id
              FROM enrolment_person p WHERE r.good AND p.id = (SELECT p.id FROM {_KNOWN} LIMIT 1)""",
        intake.pooling_area,
        step="正在查找两库重复人员",
    )
    roster.check(intake)
    intake.run(
        f"""UPDATE {{rows}} r SET good = true WHERE repeated AND NOT EXISTS (
                SELECT FROM {intake.problems} b WHERE b.file_id = %s AND b.row_no = r.row_no)""",
        intake.file_id,
    )
    intake.refuse_out_of_reach("unit_code", found="(SELECT * FROM {rows} WHERE repeated) r")


def totals(intake: Intake) -> Mapping[str, str]:
    """迁移前后人数 under the preview: those of the area before, repeated, new, and after."""
    ((good, repeated),) = intake.ask("SELECT count(*), count(*) FILTER (WHERE repeated) FROM {rows} WHERE good")
    ((before,),) = intake.ask(
        """SELECT count(DISTINCT e.person_id) FROM enrolment_enrolment e
            WHERE e.pooling_area_id = %s AND e.scheme = 'resident' AND e.enrolled_until IS NULL""",
        intake.pooling_area,
    )
    return {
        _("迁移前参保人数"): str(before),
        _("原登记人数"): str(good),
        _("重复"): str(repeated),
        _("新增"): str(good - repeated),
        _("迁移后参保人数"): str(before + good - repeated),
    }


def take_in(intake: Intake) -> int:
    """New persons as from any roster; then everybody's former registration. Returns how many were taken over."""
    _keep(intake, "good AND repeated")
    ((repeated,),) = intake.ask("SELECT count(*) FROM {rows} WHERE good AND repeated")
    intake.run("UPDATE {rows} SET good = false WHERE repeated")
    taken = roster.take_in(intake)
    _keep(intake, "good")
    return taken + int(repeated)


def _keep(intake: Intake, which: str) -> None:
    """原制度登记, once for each person and scheme."""
    intake.run(
        f"""INSERT INTO enrolment_formerregistration (person_id, scheme, number, name, unit_code, enrolled_on, file_id,
                   taken_over_at)
            SELECT person_id, %s, former_number, name, unit_code, enrolled_on, %s, %s FROM {{rows}} WHERE {which}
            ON CONFLICT (person_id, scheme) DO NOTHING""",
        FormerScheme(intake.options["former_scheme"]).value,
        intake.file_id,
        intake.now,
        step="正在保存原制度登记",
    )


FORMER_SCHEMES: Final = replace(
    roster.ROSTER,
    name="former_schemes",
    title="原制度参保人迁移",
    layout=LAYOUT,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered={**roster.NUMBERED, "repeated": "boolean DEFAULT false"},
    options=(Option("former_scheme", "原制度", dict(FormerScheme.choices), FormerScheme.URBAN.value),),
)
