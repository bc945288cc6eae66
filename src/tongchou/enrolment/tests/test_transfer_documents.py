"""转移文书 between houses: sent through the exchange, read again, refused whole when altered (ENR-26, ENR-28)."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tongchou.enrolment import queries
from tongchou.enrolment.models import Person, SocialSecurityCard, Transfer
from tongchou.enrolment.states import EnrolmentStatus
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.enrolment.tests.test_transfers import (
    IN_AT,
    OUT_AT,
    STARTS,
    heard,
    leave,
    person,
    reviewer,
    told,
    town_clerk,
)
from tongchou.enrolment.transfers import commands, exchanging, papers
from tongchou.enrolment.transfers import queries as transfers
from tongchou.enrolment.transfers.states import DocumentKind, Side, TransferState
from tongchou.exchange import commands as exchange
from tongchou.exchange import imports, outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.imports import Mode
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.platform.checks import OutOfScope

__all__ = ["heard", "leave", "person", "reviewer", "told", "town_clerk"]

ABROAD = "460100"


@pytest.fixture
def partner(hire):
    admin = hire("information", "leader", at=AREA)
    made = exchange.register_partner(
        pooling_area=AREA, code=ABROAD, name="丙市医保中心", kind=PartnerKind.HUMAN_RESOURCES, operator=admin, now=NOW
    )
    layout = exchange.add_format(
        code="transfer", name="转移接续文书", definition=exchanging.DEFINITION, operator=admin, now=NOW
    )
    exchange.approve_format(format_id=layout.pk, operator=hire("leader", at=AREA), now=NOW)
    exchange.agree(
        partner_id=made.pk,
        flow=exchanging.FLOW_NAME,
        direction=Direction.BOTH,
        frequency=Frequency.DAILY,
        sent_as_id=layout.pk,
        answered_as_id=layout.pk,
        responsible="信息科",
        legal_basis="GX2017 §16",
        valid_from=date(2018, 1, 1),
        operator=admin,
        now=NOW,
    )
    return made


def text_of(number: str) -> str:
    return b"".join(outgoing.content_of(exchange_queries.outgoing(number))).decode()


def file_of(content) -> str:
    lines = [*papers.lines_of(content), ("digest", "sha256", papers.digest_of(content))]
    body = ["|".join(line) for line in lines]
    return "\n".join([f"ZYJX1|{ABROAD}-1|{ABROAD}|20180512|{len(body)}", *body, f"END|{len(body)}", ""])


@pytest.fixture
def check(clerk, tmp_path):
    def checked(text: str):
        file = Path(tmp_path / f"{len(list(tmp_path.iterdir()))}.txt")
        file.write_text(text, encoding="utf-8")
        return imports.check(
            kind="transfer_documents",
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            operator=clerk,
            now=IN_AT,
        )

    return checked


def take(preview, clerk):
    return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=clerk, now=IN_AT)


def faults(preview):
    return {p.code for p in imports.problems_of(preview.id).rows}


@pytest.fixture
def sent(leave, partner, clerk):
    left = leave(to_area=ABROAD, to_agency="丙市医保中心")
    assert (left.side, left.state) == (Side.OUT, TransferState.OUT_DONE)
    proof = transfers.document(left.number, DocumentKind.PROOF)
    number = exchanging.send(document_id=proof.pk, partner_id=partner.pk, operator=clerk, now=OUT_AT)
    assert exchanging.send(document_id=proof.pk, partner_id=partner.pk, operator=clerk, now=OUT_AT) == number
    left.refresh_from_db()
    assert left.state == TransferState.AWAITING
    return left, number


def answer(left, result, reason=""):
    said = {
        "number": left.number,
        "document": "answer",
        "answers": "0" * 64,
        "result": result,
        "reason": reason,
        "ended_on": "2018-05-15",
    }
    return file_of({"transfer": said})


@pytest.mark.requirement("ENR-26")
@pytest.mark.article("GX2017 §16")
def test_the_certificate_goes_out_numbered_and_hashed_and_is_the_same_made_again(sent):
    left, number = sent
    text = text_of(number)
    proof = transfers.document(left.number, DocumentKind.PROOF)
    assert text.startswith(f"ZYJX1|{number}|{AREA}|20180510|")
    assert f"digest|sha256|{proof.digest}" in text
    assert "person|name|韦大" in text
    assert outgoing.same_bytes(exchange_queries.outgoing(number))


@pytest.mark.requirement("ENR-26")
def test_the_answer_of_the_other_house_ends_the_transfer(sent, check, clerk):
    left, _number = sent
    take(check(answer(left, "accepted")), clerk)
    left.refresh_from_db()
    assert left.state == TransferState.IN_DONE
    assert faults(check(answer(left, "accepted", "again"))) == {"EN-4072"}


@pytest.mark.requirement("ENR-28")
def test_sent_back_by_the_other_house_the_old_relation_stands_again(sent, person, check, clerk):
    left, _number = sent
    take(check(answer(left, "returned", "资料不符")), clerk)
    left.refresh_from_db()
    assert (left.state, left.end_reason) == (TransferState.RETURNED, "资料不符")
    facts = queries.facts(person.pk, date(2018, 5, 20))
    assert (facts.status, facts.enrolled_until) == (EnrolmentStatus.ACTIVE, None)


CONTENT = {
    "transfer": {"number": "460100-2018-ZY-000007", "kind": "area", "document": "proof"},
    "person": {
        "name": "符外来",
        "certificate_type": "01",
        "certificate_no": citizen_number(order=401, division="460100"),
        "sex": "M",
        "born_on": "1980-05-06",
    },
    "relation": {
        "from_area": ABROAD,
        "from_agency": "丙市医保中心",
        "to_area": AREA,
        "to_agency": "甲市",
        "from_scheme": "resident",
        "to_scheme": "resident",
        "category": "adult",
        "starts_on": STARTS.isoformat(),
    },
    "use": {"pool": 100_000},
    "paid": [
        {
            "scheme": "resident",
            "year": 2018,
            "amount_fen": 18_000,
            "paid_on": "2017-10-20",
            "from": "2018-01-01",
            "until": "2019-01-01",
        }
    ],
    "filings": [],
}


@pytest.mark.requirement("ENR-26")
def test_somebody_unknown_here_comes_from_another_house_and_goes_on_without_a_gap(check, clerk, partner, heard):
    take(check(file_of(CONTENT)), clerk)
    came = Transfer.objects.get()
    assert (came.side, came.state, came.person) == (Side.IN, TransferState.AWAITING, None)
    done = commands.register_in(transfer_id=came.pk, version=came.version, unit_code=VILLAGE, operator=clerk, now=IN_AT)
    facts = queries.facts(done.person_id, date(2018, 5, 15))
    assert (facts.name, facts.status, facts.enrolled_from) == ("符外来", EnrolmentStatus.ACTIVE, STARTS)
    (event,) = heard
    assert event.used == {"pool": 100_000}
    assert event.paid[0][1] == 2018
    reply = transfers.document(done.number, DocumentKind.ANSWER)
    number = exchanging.send(document_id=reply.pk, partner_id=partner.pk, operator=clerk, now=IN_AT)
    assert "transfer|number|460100-2018-ZY-000007" in text_of(number)
    assert "transfer|result|accepted" in text_of(number)


@pytest.mark.requirement("ENR-26")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda text: text.replace("18000", "28000"), "EN-4062", id="an amount altered"),
        pytest.param(lambda text: text.replace("person|name|符外来\n", ""), "EN-4061", id="the name left out"),
        pytest.param(lambda text: text.replace(f"to_area|{AREA}", "to_area|450200"), "EN-4062", id="another area"),
    ],
)
def test_an_altered_document_is_refused_whole(check, spoil, code):
    preview = check(spoil(file_of(CONTENT)))
    assert faults(preview) == {code}
    assert not Transfer.objects.exists()


@pytest.mark.requirement("ENR-26")
def test_a_document_for_another_area_and_one_known_already_are_refused(check, clerk):
    other = CONTENT | {"relation": CONTENT["relation"] | {"to_area": "450200"}}
    assert faults(check(file_of(other))) == {"EN-4073"}
    take(check(file_of(CONTENT)), clerk)
    assert faults(check(file_of(CONTENT) + "\n")) == {"EN-4072"}
    assert Person.objects.count() == 0


@pytest.mark.requirement("ENR-26")
@pytest.mark.parametrize("text", ["别的文件\n", "ZYJX1|x|460100|20180512|1\ntransfer|number|1\n"])
def test_what_is_no_document_or_cut_short_is_not_read(check, text):
    with pytest.raises(exchanging.NotADocument):
        check(text)


# --- between the schemes, in two houses -----------------------------------------------------------------------------

JULY = date(2018, 7, 1)
THERE, THEIR_UNIT = "450200", "450202"


def unknown_there(person):
    """The other agency's database knows nothing of the person: in this one, nobody bears the number any more."""
    Person.objects.filter(pk=person.pk).update(certificate_no=f"A{person.certificate_no}")


@pytest.fixture
def houses(hire, leave, person, partner, clerk, tmp_path):
    """This house and the employees' agency of the next city, which answer each other by files alone."""
    admin = hire("information", "leader", at=THERE)
    theirs = exchange.register_partner(
        pooling_area=THERE, code=AREA, name="甲市社保局", kind=PartnerKind.HUMAN_RESOURCES, operator=admin, now=NOW
    )
    layout = next(one for one in exchange_queries.file_formats() if one.code == "transfer")
    exchange.agree(
        partner_id=theirs.pk,
        flow=exchanging.FLOW_NAME,
        direction=Direction.BOTH,
        frequency=Frequency.DAILY,
        sent_as_id=layout.pk,
        answered_as_id=layout.pk,
        responsible="信息科",
        legal_basis="GX2017 §17",
        valid_from=date(2018, 1, 1),
        operator=admin,
        now=NOW,
    )
    return Houses(leave, person, partner, theirs, clerk, hire("eligibility", at=THERE, name="乙市经办"), tmp_path)


@dataclass
class Houses:
    leave: Any
    person: Any
    partner: Any
    theirs: Any
    clerk: Any
    there: Any
    folder: Path

    def start(self):
        left = self.leave(
            "change_scheme",
            to_scheme="employee",
            starts_on=JULY.isoformat(),
            employer="乙市糖厂",
            to_agency="乙市职工医保中心",
            to_area=THERE,
            received=("form", "certificate", "contract"),
        )
        assert (left.side, left.state) == (Side.OUT, TransferState.OUT_DONE)
        return left

    def carry(self, transfer, kind, *, to_us=False):
        """Send a document as a file and take it in on the other side."""
        sender, partner = (self.there, self.theirs) if to_us else (self.clerk, self.partner)
        document = transfers.document(transfer.number, kind)
        number = exchanging.send(document_id=document.pk, partner_id=partner.pk, operator=sender, now=IN_AT)
        return self.take(text_of(number), to_us=to_us)

    def take(self, text, *, to_us=False):
        file = self.folder / f"{len(list(self.folder.iterdir()))}.txt"
        file.write_text(text, encoding="utf-8")
        preview = imports.check(
            kind="transfer_documents",
            pooling_area=AREA if to_us else THERE,
            file_name=file.name,
            content=file,
            operator=self.clerk if to_us else self.there,
            now=IN_AT,
        )
        if not (found := faults(preview)):
            take(preview, self.clerk if to_us else self.there)
        return found


@pytest.mark.requirement("ENR-27")
@pytest.mark.article("GX2017 §17")
def test_a_resident_takes_a_job_and_two_agencies_exchange_letter_table_and_answer_by_files(houses, person):
    left = houses.start()
    assert houses.carry(left, DocumentKind.PROOF) == set()
    came = Transfer.objects.get(side=Side.IN)
    left.refresh_from_db()
    assert (came.state, left.state) == (TransferState.OUT_DONE, TransferState.OUT_DONE), "the letter comes first"
    assert came.foreign_number == left.number

    commands.send_letter(transfer_id=came.pk, version=came.version, operator=houses.there, now=IN_AT)
    assert houses.carry(came, DocumentKind.LETTER, to_us=True) == set()
    left.refresh_from_db()
    assert left.state == TransferState.AWAITING
    assert transfers.document(left.number, DocumentKind.PROOF).acknowledged_at == IN_AT
    came.refresh_from_db()
    with pytest.raises(commands.DocumentMissing):
        commands.register_in(
            transfer_id=came.pk, version=came.version, unit_code=THEIR_UNIT, operator=houses.there, now=IN_AT
        )

    commands.send_table(transfer_id=left.pk, version=left.version, operator=houses.clerk, now=IN_AT)
    assert houses.carry(left, DocumentKind.TABLE) == set()
    assert transfers.document(came.number, DocumentKind.LETTER).acknowledged_at == IN_AT
    came.refresh_from_db()
    unknown_there(person)
    done = commands.register_in(
        transfer_id=came.pk, version=came.version, unit_code=THEIR_UNIT, operator=houses.there, now=IN_AT
    )
    assert houses.carry(done, DocumentKind.ANSWER, to_us=True) == set()
    left.refresh_from_db()
    assert left.state == TransferState.IN_DONE
    assert transfers.document(left.number, DocumentKind.TABLE).acknowledged_at == IN_AT

    assert queries.facts(person.pk, date(2018, 6, 30)).scheme == "resident"
    assert queries.facts(person.pk, date(2018, 6, 30)).status == EnrolmentStatus.ACTIVE
    assert queries.facts(person.pk, JULY).status == EnrolmentStatus.TERMINATED
    theirs = queries.facts(done.person_id, JULY)
    assert (theirs.scheme, theirs.status, theirs.enrolled_from) == ("employee", EnrolmentStatus.ACTIVE, JULY)
    table = transfers.document(came.number, DocumentKind.TABLE).content
    assert [one["year"] for one in table["paid"]] == [2017, 2018], "the paid resident years"
    assert table["employed"] == []
    said = [words for words, at in transfers.stages(Transfer.objects.get(pk=left.pk)) if at]
    assert said == [
        "参保缴费凭证已出具",
        "参保缴费凭证对方已签收",
        "转移接续联系函已出具",
        "转移接续联系函对方已签收",
        "关系转移接续信息表已出具",
        "关系转移接续信息表对方已签收",
        "转入办结",
    ]


@pytest.mark.requirement("ENR-27")
def test_a_letter_sent_twice_for_nobody_or_for_another_certificate_is_refused(houses):
    left = houses.start()
    houses.carry(left, DocumentKind.PROOF)
    came = Transfer.objects.get(side=Side.IN)
    letter = commands.send_letter(transfer_id=came.pk, version=came.version, operator=houses.there, now=IN_AT)
    for wrong, code in (({"answers": "0" * 64}, "EN-5116"), ({"number": "450100-2018-ZY-999999"}, "EN-4041")):
        content = letter.content | {"transfer": letter.content["transfer"] | wrong}
        assert houses.take(file_of(content), to_us=True) == {code}
    assert houses.carry(came, DocumentKind.LETTER, to_us=True) == set()
    assert houses.take(file_of(letter.content) + "\n", to_us=True) == {"EN-4072"}
    for act, transfer, operator in (
        (commands.send_letter, left, houses.there),
        (commands.send_table, came, houses.there),
    ):
        transfer.refresh_from_db()
        with pytest.raises((commands.OtherSide, OutOfScope)):
            act(transfer_id=transfer.pk, version=transfer.version, operator=operator, now=IN_AT)


@pytest.mark.requirement("ENR-27")
def test_the_transfer_documents_code_can_be_checked_by_anybody(leave):
    left = leave()
    proof = transfers.document(left.number, DocumentKind.PROOF)
    found = transfers.certified(proof.code.lower().replace("-", " "))
    assert (found.number, found.title, found.is_void) == (left.number, "参保缴费凭证", False)
    assert found.paid_years == (2017, 2018)
    assert transfers.certified("AAAA-BBBB-CCCC") is None


@pytest.mark.requirement("ENR-26")
@pytest.mark.requirement("ENR-29")
@pytest.mark.article("GX2017 §16")
def test_the_card_ends_with_a_transfer_to_another_house_and_is_good_again_when_it_is_sent_back(
    person, leave, partner, clerk, check
):
    card = SocialSecurityCard.objects.create(person=person, number="A77", issued_on=date(2018, 1, 1))
    left = leave(to_area=ABROAD, to_agency="丙市医保中心")
    card.refresh_from_db()
    assert (card.status, card.ended_on) == ("cancelled", STARTS)
    proof = transfers.document(left.number, DocumentKind.PROOF)
    exchanging.send(document_id=proof.pk, partner_id=partner.pk, operator=clerk, now=OUT_AT)
    take(check(answer(left, "returned", "资料不符")), clerk)
    card.refresh_from_db()
    assert (card.status, card.ended_on) == ("active", None)


@pytest.mark.requirement("ENR-29")
def test_within_this_house_the_card_goes_along(person, leave):
    card = SocialSecurityCard.objects.create(person=person, number="A77", issued_on=date(2018, 1, 1))
    leave()
    card.refresh_from_db()
    assert card.status == "active"
