"""银行账户名单: accounts a bank opened in bulk, in the insured's own name; approved by a second person (ENR-19)."""

from typing import Final

from tongchou.enrolment import events, matching
from tongchou.enrolment.bank_accounts import rules
from tongchou.enrolment.bank_accounts.states import AccountSource, HolderKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.events import publish
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

LAYOUT: Final = Layout(
    "银行账户名单",
    (
        matching.NAME,
        matching.CERTIFICATE,
        Column(
            "bank_name", "开户银行", Holds.TEXT, ("银行名称",), required=True, longest=60, example="农业银行青山支行"
        ),
        Column(
            "account_no",
            "银行账号",
            Holds.CODE,
            ("账号", "银行卡号"),
            required=True,
            longest=40,
            example="6228480000000001",
        ),
        Column("holder_name", "户名", Holds.TEXT, ("开户人",), required=True, longest=50, example="韦小妹"),
    ),
)


class HolderByCounter(DomainError):
    code = "EN-4126"
    message = "户名“{holder}”不是参保人{person}本人;监护人账户须到窗口登记"
    citation = "GX2017 §14"


def row_rule(intake: Intake) -> RowRule:
    """The shape of account numbers."""

    def apply(chunk: Chunk) -> None:
        numbers = chunk.values["account_no"]
        for at, number in enumerate(numbers):
            if at in chunk.bad_rows or number is None:
                continue
            try:
                numbers[at] = rules.account_number(number)
            except DomainError as refusal:
                chunk.refuse_for(at, "account_no", refusal.code, str(refusal))

    return apply


def check(intake: Intake) -> None:
    """Who is listed twice, unknown, another, dead, out of reach; holders that are not the insured."""
    intake.refuse_repeats("certificate_no")
    matching.match_persons(intake)
    intake.refuse(
        "holder_name",
        HolderByCounter,
        found="{rows} r WHERE r.good AND r.holder_name <> r.name",
        holder="r.holder_name",
        person="r.name",
    )


_CHANGED: Final = """{rows} r LEFT JOIN enrolment_bankaccount held
    ON held.person_id = r.person_id AND held.replaced_at IS NULL
    WHERE r.good AND (held.id IS NULL OR (held.account_no, held.holder_name) <> (r.account_no, r.holder_name))"""


def take_in(intake: Intake) -> int:
    """What differs from the account in use takes its place; whose account changed is told. Returns how many differ."""
    intake.before_step("正在登记银行账户")
    intake.ask(
        "SELECT p.id FROM enrolment_person p JOIN {rows} r ON r.person_id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p"
    )
    intake.run(
        f"CREATE TEMPORARY TABLE changed_accounts ON COMMIT DROP AS SELECT r.*, held.id AS held_id FROM {_CHANGED}"
    )
    intake.run(
        """UPDATE enrolment_bankaccount SET replaced_at = greatest(%s, recorded_at + interval '1 microsecond')
            WHERE id IN (SELECT held_id FROM changed_accounts)""",
        intake.now,
    )
    made = intake.ask(
        """INSERT INTO enrolment_bankaccount (person_id, bank_name, account_no, holder_kind, holder_name, source,
                  reason, evidence, staff_code, recorded_at)
           SELECT c.person_id, c.bank_name, c.account_no, %s, c.holder_name, %s, '名单导入', %s, %s,
                  coalesce((SELECT replaced_at FROM enrolment_bankaccount b WHERE b.id = c.held_id), %s)
             FROM changed_accounts c
           RETURNING person_id, id, bank_name, right(account_no, 4)""",
        HolderKind.SELF.value,
        AccountSource.LIST.value,
        intake.file_name[:200],
        intake.operator.staff_code,
        intake.now,
    )
    replaced = {row[0] for row in intake.ask("SELECT person_id FROM changed_accounts WHERE held_id IS NOT NULL")}
    for person_id, account_id, bank_name, tail in made:
        if person_id in replaced:
            publish(events.BankAccountChanged(person_id, account_id, bank_name, tail))
    return len(made)


ACCOUNTS: Final = ImportKind(
    name="bank_accounts",
    title="银行账户名单",
    permission="imports.roster",
    counter="enrolment.change",
    approval="enrolment.review",
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    numbered=matching.NUMBERED,
)
"""银行账户名单."""
