"""待遇支付经历: what settlements and personal accounts add to a person's history (RIG-01, RIG-06, RIG-11; ENR-25).

Annulled pairs (2601) are left out: nobody outside was told of them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _

from tongchou.encounters.states import CareKind
from tongchou.kernel.money import yuan_text
from tongchou.platform.histories import RecordSet, Row, Source, Told
from tongchou.settlement.models import AccountCredit, PersonalAccount, Settlement
from tongchou.settlement.queries import SettlementRow, _rows, _told
from tongchou.settlement.terms import institution_name
from tongchou.wire.numbers import wire_id

_NOT_ANNULLED: Final = """NOT s.annulment AND NOT EXISTS (
    SELECT FROM settlement_settlement a
     WHERE a.pooling_area = s.pooling_area AND a.reversal_of = s.id AND a.annulment)"""

STATEMENT: Final = f"""
SELECT s.settled_on, s.id, CASE WHEN s.reversal_of IS NULL THEN 'settled' ELSE 'reversed' END,
       concat_ws(E'\\x1f', s.kind, s.total_fen::text, (s.account_paid_fen + s.cash_fen)::text),
       s.pooling_area || E'\\x1f' || s.institution_code, s.fund_paid_fen, NULL::date, '',
       coalesce(nullif(s.operator, ''), s.operator_no), s.settled_at
  FROM settlement_settlement s WHERE s.person_id = %(person_id)s AND {_NOT_ANNULLED}
"""
"""What the funds paid for a person, in the columns of a history."""

ACCOUNT_STATEMENT: Final = """
SELECT (c.credited_at AT TIME ZONE 'Asia/Shanghai')::date, c.id, 'credited', c.document, '', c.amount_fen, NULL::date,
       '', c.operator, c.credited_at
  FROM settlement_accountcredit c
 WHERE c.person_id = %(person_id)s
   AND c.pooling_area = (SELECT p.pooling_area_id FROM enrolment_person p WHERE p.id = %(person_id)s)
"""
"""What was put into a person's account, in the columns of a history."""


def tell(row: Row) -> Told:
    """The row in words (待遇支付经历)."""
    kind, total, own = row.what.split("\x1f")
    area, institution_code = row.note.split("\x1f")
    taken_back = row.kind == "reversed"
    said = _("总额 %(total)s 元,个人 %(own)s 元") % {"total": _yuan(total), "own": _yuan(own)}
    return Told(
        (_("冲销结算") if taken_back else _("待遇支付")) + " · " + _(CareKind(kind).label),
        f"{institution_name(institution_code)} · {said}",
        view="settlement:settlement",
        args=(wire_id(area, row.id),),
        permission="settlement.view",
        cancelled=taken_back,
    )


def _yuan(fen: str) -> str:
    return yuan_text(int(fen), grouped=True)


def tell_of_account(row: Row) -> Told:
    """The row in words (个人账户经历)."""
    return Told(_("划入个人账户"), row.what)


SOURCE: Final = Source("settlement", RecordSet.BENEFIT, 40, STATEMENT, tell)
ACCOUNT_SOURCE: Final = Source("account", RecordSet.ACCOUNT, 50, ACCOUNT_STATEMENT, tell_of_account)


@dataclass(frozen=True, slots=True)
class Credit:
    """划入 of a personal account. Fen."""

    amount_fen: int
    document: str
    credited_at: datetime


def settlements_of_year(person_id: int, benefit_year: int) -> list[SettlementRow]:
    """结算 of a person in a benefit year, cancellations with their negative amounts, in order of time (RIG-11)."""
    found = _told(Settlement.objects.filter(person_id=person_id, benefit_year=benefit_year))
    return _rows(list(found.order_by("settled_at", "id")))


def settlements_between(person_id: int, *, since: date, until: date) -> list[SettlementRow]:
    """结算 of a person settled in `[since, until)`, cancellations with their negative amounts, in order of time."""
    found = _told(Settlement.objects.filter(person_id=person_id, settled_on__gte=since, settled_on__lt=until))
    return _rows(list(found.order_by("settled_at", "id")))


def account_balance(pooling_area: str, person_id: int) -> int | None:
    """个人账户余额 in fen; None for whoever has no account (RIG-06)."""
    found = PersonalAccount.objects.filter(pooling_area=pooling_area, person_id=person_id)
    return found.values_list("balance_fen", flat=True).first()


def account_credits(pooling_area: str, person_id: int) -> list[Credit]:
    """划入 of a personal account, interest among it, the newest first (RIG-06)."""
    found = AccountCredit.objects.filter(pooling_area=pooling_area, person_id=person_id).order_by("-credited_at", "-id")
    return [Credit(one.amount_fen, one.document, one.credited_at) for one in found]
