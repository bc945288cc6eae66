"""缴费结果: payments as the bank or the tax office reports them (CON-02, CON-03, CON-11; GX2017 §23; JL2019 §12, 13).

Every row is one payment for one person and year, held against the same rules as a payment at the counter. From when it
covers is decided once for each distinct case (year, day, history, birth), not for each row. The good rows, their
coverage and one voucher over their sum stand or fall together.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.contributions import bulk, events, receivables, rules
from tongchou.contributions.commands import NotEnrolledToPay, PaidTwice, StandardMissing
from tongchou.contributions.models import ImportBatch
from tongchou.contributions.rules import AidTooLarge, AmountDiffers, Case, SchemeNotYearly
from tongchou.contributions.states import Channel
from tongchou.enrolment.states import EnrolmentStatus, Scheme
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_in_sql, yuan_text
from tongchou.platform.events import publish
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake

PERMISSION: Final = "imports.contributions"
COUNTER: Final = "contributions.collect"
ANALYZED_FROM: Final = 10_000
DEPOSITED_IN: Final = {Channel.TAX: "1005"}
"""税务征收 arrives in the treasury; everything else where the area's template says (GX2017 §93; decision 0039)."""


class PaidInFuture(DomainError):
    code = "CO-6800"
    message = "缴费日期{paid_on}在将来,不能入账"
    citation = "GX2017 §22"


class NobodyNamed(DomainError):
    code = "CO-3001"
    message = "须填写人员编号或证件号码"
    citation = "JL2019 §12"


class PersonNotFound(DomainError):
    code = "CO-3002"
    message = "没有登记{what}为{number}的参保人"
    citation = "JL2019 §13"


class NameDoesNotMatch(DomainError):
    code = "CO-3003"
    message = "登记的姓名是“{known}”,文件中是“{given}”"
    citation = "JL2019 §13"


class YearNotSane(DomainError):
    code = "CO-3004"
    message = "保险年度应为四位年份,如2018"
    citation = "GX2017 §21"


class EnrolledElsewhere(DomainError):
    code = "CO-3005"
    message = "该参保人在统筹地区{known}参保,不能计入{area}"
    citation = "GX2017 §21"


class TransferDiffers(DomainError):
    code = "CO-3006"
    message = "到账{transferred}元,名册合计{listed}元,相差{difference}元;分清之前不能入账"
    citation = "GX2017 §24"


class TransferUnreadable(DomainError):
    code = "CO-3007"
    message = "到账金额“{text}”不是金额;学校代收须填写到账金额"
    citation = "GX2017 §24"


class AmendsAnother(DomainError):
    code = "CO-6061"
    message = "更正原票号{number}的记录,须逐笔核对办理"
    citation = "JL2019 §13"


LAYOUT: Final = Layout(
    "缴费结果",
    (
        Column("person_no", "人员编号", Holds.CODE, ("个人编号",), longest=30, example=""),
        Column(
            "certificate_no",
            "证件号码",
            Holds.CODE,
            ("公民身份号码", "身份证号", "身份证号码", "证件号"),
            longest=50,
            example="450102199003071230",
        ),
        Column("name", "姓名", Holds.TEXT, ("缴费人姓名", "参保人姓名"), longest=50, example="韦小妹"),
        Column(
            "benefit_year",
            "保险年度",
            Holds.WHOLE,
            ("缴费年度", "年度", "参保年度"),
            required=True,
            example="2018",
        ),
        Column(
            "amount_fen",
            "缴费金额",
            Holds.MONEY,
            ("金额", "实缴金额", "扣款金额", "个人缴费金额"),
            required=True,
            example="180.00",
        ),
        Column("aided_fen", "资助金额", Holds.MONEY, ("其中资助金额", "其中:资助"), example="0.00"),
        Column(
            "paid_on",
            "缴费日期",
            Holds.DATE,
            ("足额缴费日期", "扣款日期", "入账日期", "缴款日期"),
            required=True,
            example="2017-10-15",
        ),
        Column("receipt_no", "票据号", Holds.CODE, ("电子税票号", "凭证号", "流水号"), longest=40, example="P0001"),
        Column("office", "征收机构", Holds.TEXT, ("税务机关", "经收机构"), longest=60, example=""),
        Column("corrects_no", "更正原票号", Holds.CODE, ("原电子税票号", "更正票号"), longest=40, example=""),
    ),
)
NUMBERED: Final = {
    "person_id": "bigint",
    "born_on": "date",
    "unit_code": "text",
    "category": "text",
    "scheme": "text",
    "status": "text",
    "standard_fen": "bigint",
    "fund_aided_fen": "bigint DEFAULT 0",
    "turn": "smallint DEFAULT 1",
    "last_paid_year": "integer",
    "kind": "text",
    "covered_from": "date",
    "covered_until": "date",
    "rule": "text",
    "contribution_id": "bigint DEFAULT nextval(pg_get_serial_sequence('contributions_contribution', 'id')::regclass)",
}


def row_rule(intake: Intake) -> RowRule:
    """Somebody is named, the year is one, aid is part of the amount (一行之内的核对)."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        values["aided_fen"] = [value or "0" for value in values["aided_fen"]]
        for name in ("receipt_no", "name", "person_no", "certificate_no", "corrects_no"):
            values[name] = [value or "" for value in values[name]]
        read = zip(
            values["person_no"],
            values["certificate_no"],
            values["benefit_year"],
            values["amount_fen"],
            values["aided_fen"],
            strict=True,
        )
        for at, (person_no, certificate_no, year, amount, aided) in enumerate(read):
            if at in chunk.bad_rows:
                continue
            if not person_no and not certificate_no:
                _refuse(chunk, at, "certificate_no", NobodyNamed())
            elif not 2000 <= int(year or 0) <= 2199:
                _refuse(chunk, at, "benefit_year", YearNotSane())
            elif int(aided or 0) > int(amount or 0):
                paid, part = yuan_text(int(amount or 0)), yuan_text(int(aided or 0))
                _refuse(chunk, at, "aided_fen", AidTooLarge(aided=part, paid=paid))

    return apply


def _refuse(chunk: Chunk, at: int, name: str, refusal: DomainError) -> None:
    chunk.refuse_for(at, name, refusal.code, str(refusal))


# --- the file and the books -----------------------------------------------------------------------------------------


def check(intake: Intake) -> None:
    """Who pays, may they, how much, was it paid already, and from when does it cover."""
    intake.refuse(
        "corrects_no", AmendsAnother, found="{rows} r WHERE r.good AND r.corrects_no <> ''", number="r.corrects_no"
    )
    _find_persons(intake)
    _check_persons(intake)
    _check_once(intake)
    _check_standing(intake)
    _check_amount(intake)
    _decide(intake)


def _find_persons(intake: Intake) -> None:
    """By person number, else by certificate, a citizen ID before other papers with the same number.

    What is found nowhere may be of a record merged away: then it is the surviving one's (ENR-17).
    """
    found = "person_id = p.person_id, born_on = p.born_on, unit_code = p.unit_code"
    intake.run("UPDATE {rows} SET person_id = NULL, turn = 1 WHERE person_id IS NOT NULL")
    intake.run(
        f"UPDATE {{rows}} r SET {found} FROM enrolment_registered p"
        " WHERE r.good AND r.person_no <> '' AND p.person_no = r.person_no",
        step="正在核对参保人",
    )
    intake.run(
        f"""UPDATE {{rows}} r SET {found}
              FROM (SELECT DISTINCT ON (certificate_no) * FROM enrolment_registered
                     WHERE certificate_no IN (SELECT certificate_no FROM {{rows}} WHERE person_no = '')
                     ORDER BY certificate_no, certificate_type) p
             WHERE r.good AND r.person_no = '' AND p.certificate_no = r.certificate_no""",
    )
    intake.run(
        f"""UPDATE {{rows}} r SET {found} FROM enrolment_merged_away p
             WHERE r.good AND r.person_id IS NULL
               AND (p.person_no = r.person_no OR r.person_no = '' AND p.certificate_no = r.certificate_no)""",
    )
    intake.refuse(
        "certificate_no",
        PersonNotFound,
        found="{rows} r WHERE r.good AND r.person_id IS NULL",
        what="CASE r.person_no WHEN '' THEN '证件号码' ELSE '人员编号' END",
        number="coalesce(nullif(r.person_no, ''), r.certificate_no)",
    )


def _check_persons(intake: Intake) -> None:
    """Within the operator's reach before anything is told of them, of this area, and of the name that was given."""
    told = "person_no" if "certificate_no" not in intake.places else "certificate_no"
    intake.refuse_out_of_reach(told)
    intake.refuse(
        told,
        EnrolledElsewhere,
        found="{rows} r JOIN enrolment_registered p ON p.person_id = r.person_id"
        " WHERE r.good AND p.pooling_area_id <> %s",
        values=(intake.pooling_area,),
        known="p.pooling_area_id",
        area=f"'{intake.pooling_area}'",
    )
    intake.refuse(
        "name",
        NameDoesNotMatch,
        found="{rows} r JOIN enrolment_registered p ON p.person_id = r.person_id"
        " WHERE r.good AND r.name <> '' AND p.name <> r.name",
        known="p.name",
        given="r.name",
    )


def _check_once(intake: Intake) -> None:
    """A year once in the file and once in the books (CON-05); the order in which a person's rows take their turn."""
    intake.refuse_repeats("benefit_year", "person_id, benefit_year", step="正在核对重复缴费")
    intake.refuse(
        "benefit_year",
        PaidTwice,
        found="""{rows} r JOIN contributions_contribution c ON c.person_id = r.person_id AND c.scheme = 'resident'
            AND c.benefit_year = r.benefit_year AND c.voided_at IS NULL WHERE r.good""",
        year="r.benefit_year",
        paid_on="c.paid_in_full_on",
        amount=yuan_in_sql("c.amount_fen"),
    )
    intake.run(
        """UPDATE {rows} r SET turn = t.turn
             FROM (SELECT row_no, row_number() OVER (PARTITION BY person_id ORDER BY row_no) AS turn FROM {rows}
                    WHERE good AND person_id IN (
                          SELECT person_id FROM {rows} WHERE good GROUP BY person_id HAVING count(*) > 1)) t
            WHERE t.row_no = r.row_no"""
    )


def _check_standing(intake: Intake) -> None:
    """Paid by today, and enrolled as a resident on the day of payment (GX2017 §21, §22)."""
    intake.refuse(
        "paid_on",
        PaidInFuture,
        found="{rows} r WHERE r.good AND r.paid_on > %s",
        values=(intake.today,),
        paid_on="r.paid_on",
    )
    intake.run(
        """UPDATE {rows} r SET status = s.status, scheme = s.scheme, category = s.category
             FROM {rows} mine LEFT JOIN LATERAL enrolment_stands(mine.person_id, mine.paid_on) s ON true
            WHERE mine.good AND mine.row_no = r.row_no""",
        step="正在核对参保关系",
    )
    intake.refuse(
        "paid_on",
        NotEnrolledToPay,
        found="{rows} r WHERE r.good AND r.status IS DISTINCT FROM 'active'",
        paid_on="r.paid_on",
        status=status_in_words("r.status"),
    )
    intake.refuse(
        "certificate_no", SchemeNotYearly, found=f"{{rows}} r WHERE r.good AND r.scheme <> '{rules.RESIDENT}'"
    )


def status_in_words(status: str) -> str:
    """参保状态 as a refusal says it: an SQL expression over that of the status; without one, 未参保."""
    labels = " ".join(f"WHEN '{one.value}' THEN '{one.label}'" for one in EnrolmentStatus)
    return f"CASE coalesce({status}, 'none') {labels} END"


def _check_amount(intake: Intake) -> None:
    """按年度一次性足额缴费 (GX2017 §21; CON-02)."""
    intake.run(
        """UPDATE {rows} r SET standard_fen = (
               SELECT s.personal_fen FROM contributions_contributionstandard s
                WHERE s.pooling_area_id = %s AND s.scheme = r.scheme AND s.benefit_year = r.benefit_year
                  AND s.category IN (r.category, '') ORDER BY s.category DESC LIMIT 1)
            WHERE r.good""",
        intake.pooling_area,
        step="正在核对缴费标准",
    )
    intake.run(
        """UPDATE {rows} r SET fund_aided_fen = o.aided_fen FROM contributions_receivable o
            WHERE r.good AND o.person_id = r.person_id AND o.benefit_year = r.benefit_year AND o.scheme = r.scheme
              AND o.state <> 'void' AND o.aided_fen > 0"""
    )
    intake.refuse(
        "benefit_year",
        StandardMissing,
        found="{rows} r WHERE r.good AND r.standard_fen IS NULL",
        area=f"'{intake.pooling_area}'",
        year="r.benefit_year",
        scheme=f"'{Scheme.RESIDENT.label}'",
    )
    intake.refuse(
        "amount_fen",
        AmountDiffers,
        found="{rows} r WHERE r.good AND r.amount_fen <> r.standard_fen - r.fund_aided_fen",
        paid=yuan_in_sql("r.amount_fen"),
        year="r.benefit_year",
        standard=yuan_in_sql("(r.standard_fen - r.fund_aided_fen)"),
    )


def _decide(intake: Intake) -> None:
    """From when each payment covers: a person's second row knows the first as history, as at the counter."""
    (turns,) = intake.ask("SELECT max(turn) FROM {rows} WHERE good")[0]
    for turn in range(1, (turns or 0) + 1):
        intake.run(
            """UPDATE {rows} r SET last_paid_year = greatest(
                   (SELECT max(c.benefit_year) FROM contributions_contribution c
                     WHERE c.person_id = r.person_id AND c.scheme = 'resident' AND c.voided_at IS NULL
                       AND c.benefit_year < r.benefit_year),
                   CASE WHEN %s > 1 THEN (
                       SELECT max(f.benefit_year) FROM {rows} f
                        WHERE f.good AND f.person_id = r.person_id AND f.turn < %s
                          AND f.benefit_year < r.benefit_year) END)
                WHERE r.good AND r.turn = %s""",
            turn,
            turn,
            turn,
            step="正在认定待遇享受期",
        )
        _decide_turn(intake, turn)


def _decide_turn(intake: Intake, turn: int) -> None:
    facts = (
        "benefit_year, paid_on, last_paid_year,"
        " CASE WHEN last_paid_year IS NULL AND born_on >= make_date(benefit_year - 1, 1, 1) THEN born_on END"
    )
    distinct = intake.ask(f"SELECT DISTINCT {facts} FROM {{rows}} WHERE good AND turn = %s", turn)
    decided, refused = bulk.decisions(intake.pooling_area, [Case(*row) for row in distinct])
    if decided:
        intake.run(
            f"""UPDATE {{rows}} r SET kind = d.kind, covered_from = d.covered_from, covered_until = d.covered_until,
                       rule = d.rule
                  FROM unnest(%s::int[], %s::date[], %s::int[], %s::date[],
                              %s::text[], %s::date[], %s::date[], %s::text[])
                       AS d (benefit_year, paid_on, last_paid_year, born_on, kind, covered_from, covered_until, rule)
                 WHERE r.good AND r.turn = %s AND {_same_case()}""",
            *map(list, zip(*decided, strict=True)),
            turn,
        )
    for fault, rows in refused.items():
        intake.refuse(
            "paid_on",
            fault,
            found=f"""{{rows}} r JOIN unnest(%s::int[], %s::date[], %s::int[], %s::date[], %s::text[])
                AS d (benefit_year, paid_on, last_paid_year, born_on, words) ON {_same_case()}
                WHERE r.good AND r.turn = {turn}""",
            values=tuple(map(list, zip(*rows, strict=True))),
            words="d.words",
        )


def _same_case() -> str:
    """A row of the file is of a case."""
    return (
        "d.benefit_year = r.benefit_year AND d.paid_on = r.paid_on"
        " AND d.last_paid_year IS NOT DISTINCT FROM r.last_paid_year"
        " AND (d.born_on = r.born_on OR (d.born_on IS NULL AND NOT (r.last_paid_year IS NULL"
        " AND r.born_on >= make_date(r.benefit_year - 1, 1, 1))))"
    )


# --- writing --------------------------------------------------------------------------------------------------------


def take_in(intake: Intake) -> int:
    """Payments, their coverage, and one voucher over the sum. Returns how many payments.

    Raises: what the books refuse, such as a closed period.
    """
    channel = Channel(intake.options["channel"])
    _check_transfer(intake, channel)
    ((rows, bad, amount),) = intake.ask(
        "SELECT count(*) FILTER (WHERE good), count(*) FILTER (WHERE NOT good),"
        " coalesce(sum(amount_fen) FILTER (WHERE good), 0) FROM {rows}"
    )
    batch = ImportBatch.objects.create(
        pooling_area_id=intake.pooling_area,
        scheme=rules.RESIDENT,
        channel=channel,
        file_name=intake.file_name,
        digest=intake.digest,
        rows_accepted=rows,
        rows_refused=bad,
        amount_fen=int(amount),
        operator_code=intake.operator.staff_code,
        created_at=intake.now,
    )
    batch.voucher_no = _post_voucher(intake, channel, batch)
    batch.save(update_fields=["voucher_no"])
    taken = write_payments(intake, channel, batch)
    if taken >= ANALYZED_FROM:
        intake.run("ANALYZE contributions_contribution, contributions_coveragespan")
    publish(events.ContributionsReceived(batch.pk, intake.pooling_area, taken, batch.amount_fen))
    return taken


def _check_transfer(intake: Intake, channel: Channel) -> None:
    """学校代缴 (GX2017 §24; CON-09): the transfer is the sum of the whole roster, or nobody of it has paid.

    Raises: TransferDiffers, TransferUnreadable.
    """
    transferred = _transferred(intake)
    if transferred is None and channel is not Channel.SCHOOL:
        return
    if transferred is None:
        raise TransferUnreadable(text="")
    listed = _listed(intake)
    if transferred != listed:
        raise TransferDiffers(
            transferred=yuan_text(transferred),
            listed=yuan_text(listed),
            difference=yuan_text(abs(transferred - listed)),
        )


def _transferred(intake: Intake) -> int | None:
    """到账金额 in fen, where it was given. Raises: TransferUnreadable."""
    text = intake.options.get("transferred", "").strip().replace(",", "")
    if not text:
        return None
    try:
        return int(Money.yuan(text))
    except ValueError:
        raise TransferUnreadable(text=text) from None


def _listed(intake: Intake) -> int:
    """What the whole roster adds up to, rows in error included, in fen."""
    ((listed,),) = intake.ask("SELECT coalesce(sum(amount_fen), 0) FROM {rows}")
    return int(listed)


def _post_voucher(intake: Intake, channel: Channel, batch: ImportBatch) -> str:
    """收款凭证: money in the bank or treasury, against premium income, on a cash basis (财会〔2017〕28号)."""
    amount = Money(batch.amount_fen)
    if not amount:
        return ""
    template = postings.template(intake.pooling_area, rules.RESIDENT, DocumentKind.PREMIUM)
    voucher = fund.post_voucher(
        pooling_area=intake.pooling_area,
        scheme=rules.RESIDENT,
        kind=VoucherKind.RECEIPT,
        dated_on=intake.today,
        summary=f"{channel.label}城乡居民医保费{batch.rows_accepted}人",
        source_document=f"缴费结果文件{intake.digest[:16]}",
        entries=[
            EntryDraft(DEPOSITED_IN.get(channel, template.debit), debit=amount, note=intake.file_name[:100]),
            EntryDraft(template.credit, credit=amount),
        ],
        operator=intake.operator.staff_code,
        now=intake.now,
    )
    return voucher.number


def write_payments(intake: Intake, channel: Channel, batch: ImportBatch) -> int:
    """缴费、待遇享受期、应缴 of the good rows, with a few statements for any number. Returns how many."""
    (turns,) = intake.ask("SELECT max(turn) FROM {rows} WHERE good")[0]
    taken = 0
    for turn in range(1, (turns or 0) + 1):
        taken += intake.run(
            """INSERT INTO contributions_contribution (id, person_id, pooling_area_id, scheme, benefit_year, amount_fen,
                      aided_fen, fund_aided_fen, paid_in_full_on, kind, channel, receipt_no, batch_id, void_reason,
                      created_at)
               SELECT contribution_id, person_id, %s, scheme, benefit_year, amount_fen + fund_aided_fen,
                      aided_fen + fund_aided_fen, fund_aided_fen, paid_on, kind, %s, receipt_no, %s, '', %s
                 FROM {rows} WHERE good AND turn = %s""",
            intake.pooling_area,
            channel.value,
            batch.pk,
            intake.now,
            turn,
            step="正在写入缴费记录",
        )
        intake.run(
            # Sorted by what is read, so that all is read before any is written: where a statement splits the only page
            # of a GiST index that it reads, rows that live are marked as dead (decision 0420).
            """INSERT INTO contributions_coveragespan (person_id, pooling_area_id, scheme, benefit_year, covered_from,
                      covered_until, rule, contribution_id, paid_on, created_at)
               SELECT r.person_id, %s, r.scheme, r.benefit_year, lower(part), upper(part), r.rule, r.contribution_id,
                      r.paid_on, %s
                 FROM {rows} r
                CROSS JOIN LATERAL unnest(
                      datemultirange(daterange(r.covered_from, r.covered_until)) - coalesce((
                          SELECT range_agg(daterange(s.covered_from, s.covered_until))
                            FROM contributions_coveragespan s
                           WHERE s.person_id = r.person_id AND s.withdrawn_at IS NULL), '{}')) AS part
                WHERE r.good AND r.turn = %s
                ORDER BY lower(part), r.row_no""",
            intake.pooling_area,
            intake.now,
            turn,
            step="正在写入待遇享受期",
        )
    receivables.settle_many(f"(SELECT * FROM {intake.rows} WHERE good)", intake.pooling_area)
    return taken


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((amount, aided, years),) = intake.ask(
        "SELECT coalesce(sum(amount_fen), 0), coalesce(sum(aided_fen), 0),"
        " string_agg(DISTINCT benefit_year::text, '、') FROM {rows} WHERE good"
    )
    return {
        _("金额合计"): yuan_text(int(amount), grouped=True),
        _("其中资助"): yuan_text(int(aided), grouped=True),
        _("保险年度"): years or "",
        **_difference(intake),
    }


def _difference(intake: Intake) -> dict[str, str]:
    """How far the transfer is from the roster (CON-09), where one was told."""
    try:
        transferred = _transferred(intake)
    except TransferUnreadable:
        return {}
    if transferred is None:
        return {}
    return {_("与到账金额相差"): yuan_text(abs(transferred - _listed(intake)), grouped=True)}


CONTRIBUTIONS: Final = ImportKind(
    name="contributions",
    title="缴费结果",
    permission=PERMISSION,
    counter=COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
    options=(
        Option("channel", "缴费渠道", {channel.value: channel.label for channel in Channel}, Channel.BANK.value),
        Option("transferred", "到账金额(学校代收必填)", {}, ""),
    ),
    keeps_bad_rows=lambda options: options.get("channel") == Channel.TAX,
)
