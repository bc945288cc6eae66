"""人口基数表: population figures of villages, as the police or the statistics office hand them in (ENR-32)."""

from typing import Final

from tongchou.contributions.outreach.commands import OUTREACH, FigureIncomplete, NotAVillage
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

EARLIEST, LATEST = 2003, 2199
LAYOUT: Final = Layout(
    "人口基数表",
    (
        Column(
            "unit_code",
            "村(社区)代码",
            Holds.CODE,
            ("村代码", "社区代码", "机构代码"),
            required=True,
            longest=12,
            example="450102001201",
        ),
        Column("year", "年度", Holds.WHOLE, required=True, example="2018"),
        Column("residents", "人口数", Holds.WHOLE, ("户籍人口", "常住人口", "人口基数"), required=True, example="1000"),
        Column("source", "数据来源", Holds.TEXT, required=True, longest=100, example="公安户籍人口年报"),
        Column("as_of", "数据日期", Holds.DATE, required=True, example="2017-12-31"),
    ),
)


def row_rule(intake: Intake) -> RowRule:
    """A figure is of somebody, of a year that can be, and not of tomorrow."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        rows = zip(values["year"], values["residents"], values["as_of"], strict=True)
        for at, (year, residents, as_of) in enumerate(rows):
            if at in chunk.bad_rows:
                continue
            for column, what, good in (
                ("year", "年度", year is not None and EARLIEST <= int(year) <= LATEST),
                ("residents", "人口数", residents is not None and int(residents) > 0),
                ("as_of", "不晚于今日的数据日期", as_of is not None and as_of <= intake.today.isoformat()),
            ):
                if not good:
                    refusal = FigureIncomplete(what=what)
                    chunk.refuse_for(at, column, refusal.code, str(refusal))
                    break

    return apply


def check(intake: Intake) -> None:
    """Villages listed twice, places that are no villages, and those out of reach."""
    intake.refuse_repeats("unit_code", "unit_code, year")
    intake.refuse(
        "unit_code",
        NotAVillage,
        found="""{rows} r LEFT JOIN platform_orgunit u ON u.code = r.unit_code
            WHERE r.good AND (u.code IS NULL OR u.level <> 'village')""",
        unit="coalesce(u.name, r.unit_code)",
    )
    intake.refuse_out_of_reach("unit_code")


def take_in(intake: Intake) -> int:
    """What differs from the figure in use takes its place. Returns how many differ."""
    intake.before_step("正在登记人口基数")
    intake.run(
        """CREATE TEMPORARY TABLE other_figures ON COMMIT DROP AS
           SELECT r.*, held.id AS held_id FROM {rows} r
             LEFT JOIN contributions_populationfigure held
               ON held.unit_code = r.unit_code AND held.year = r.year AND held.replaced_at IS NULL
            WHERE r.good AND (held.id IS NULL
                              OR (held.residents, held.source, held.as_of) <> (r.residents, r.source, r.as_of))"""
    )
    intake.run(
        """UPDATE contributions_populationfigure SET replaced_at = %s
            WHERE id IN (SELECT held_id FROM other_figures)""",
        intake.now,
    )
    return intake.run(
        """INSERT INTO contributions_populationfigure (pooling_area_id, unit_code, year, residents, source, as_of,
                  staff_code, recorded_at)
           SELECT %s, unit_code, year, residents, source, as_of, %s, %s FROM other_figures ORDER BY row_no""",
        intake.pooling_area,
        intake.operator.staff_code,
        intake.now,
    )


POPULATION: Final = ImportKind(
    name="population",
    title="人口基数",
    permission="imports.roster",
    counter=OUTREACH,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
)
"""人口基数表."""
