"""Persons from Hong Kong, Macao, Taiwan and abroad (GX2017 §10): the second document, its end, its renewal."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from tongchou.enrolment import commands, queries
from tongchou.enrolment.commands.residence import EXPIRED, NotLonger, suspend_expired
from tongchou.enrolment.models import ResidenceDocument, Suspension
from tongchou.enrolment.rules import ResidenceDocumentExpired, ResidenceDocumentMissing
from tongchou.enrolment.states import CertificateType, EnrolmentStatus, ResidenceKind, Sex
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.platform import queries as platform

PASSPORT = {
    "name": "SMITH JOHN",
    "certificate_type": CertificateType.PASSPORT,
    "certificate_no": "E12345678",
    "born_on": date(1990, 1, 1),
    "sex": Sex.MALE,
    "hukou_area": "",
}
PERMIT = {"residence_kind": ResidenceKind.RESIDENCE_PERMIT, "residence_no": "a7654321"}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


@pytest.fixture
def foreigner(enrol):
    return enrol(**PASSPORT, **PERMIT, residence_last_day=date(2018, 12, 31)).person


@pytest.mark.article("GX2017 §10")
@pytest.mark.requirement("ENR-13")
def test_a_passport_alone_does_not_suffice(enrol):
    with pytest.raises(ResidenceDocumentMissing, match="缺居留证件或永久居留证件"):
        enrol(**PASSPORT)
    with pytest.raises(ResidenceDocumentMissing):
        enrol(**PASSPORT, residence_kind=ResidenceKind.SETTLEMENT, residence_no="1")
    with pytest.raises(ResidenceDocumentMissing):
        enrol(**PASSPORT, residence_kind=ResidenceKind.RESIDENCE_PERMIT, residence_no=" ")


@pytest.mark.article("GX2017 §10")
@pytest.mark.parametrize(
    ("certificate", "number", "needed"),
    [
        (CertificateType.HK_PERMIT, "H12345678", ResidenceKind.SETTLEMENT),
        (CertificateType.MACAO_PERMIT, "M12345678", ResidenceKind.SETTLEMENT),
        (CertificateType.TAIWAN_PERMIT, "12345678", ResidenceKind.TAIWAN_SETTLEMENT),
    ],
)
def test_each_permit_needs_its_own_proof_of_settlement(enrol, certificate, number, needed):
    facts = PASSPORT | {"certificate_type": certificate, "certificate_no": number}
    with pytest.raises(ResidenceDocumentMissing, match=needed.label):
        enrol(**facts, **PERMIT)
    assert enrol(**facts, residence_kind=needed, residence_no="D1").person.residence_documents.get().kind == needed


@pytest.mark.requirement("ENR-13")
def test_a_document_that_has_expired_enrols_nobody(enrol):
    with pytest.raises(ResidenceDocumentExpired, match="2017-07-31"):
        enrol(**PASSPORT, **PERMIT, residence_last_day=date(2017, 7, 31))
    enrol(**PASSPORT, **PERMIT, residence_last_day=date(2017, 8, 1))


@pytest.mark.article("GX2017 §10")
@pytest.mark.requirement("ENR-13")
def test_a_permit_is_listed_sixty_days_before_it_expires(foreigner, clerk, client, monkeypatch):
    scope = platform.scope_of(clerk, "enrolment.view_person", date(2018, 11, 1))
    assert [one.person for one in queries.expiring_documents(last_day=date(2018, 12, 31), scope=scope)] == [foreigner]
    assert not queries.expiring_documents(last_day=date(2018, 12, 30), scope=scope).exists()
    for day, listed in ((date(2018, 10, 31), False), (date(2018, 11, 1), True)):
        monkeypatch.setattr("django.utils.timezone.now", lambda day=day: at(day))
        client.force_login(clerk)
        page = client.get(reverse("enrolment:residence")).content.decode()
        assert (reverse("enrolment:person", args=[foreigner.person_no]) in page) is listed


@pytest.mark.requirement("ENR-13")
def test_the_relation_is_suspended_from_the_day_after_the_last_and_only_once(foreigner):
    assert suspend_expired(at(date(2018, 12, 31))) == 0
    assert suspend_expired(at(date(2019, 1, 3))) == 1
    assert suspend_expired(at(date(2019, 1, 4))) == 0
    assert list(Suspension.objects.values_list("suspended_from", "reason")) == [(date(2019, 1, 1), EXPIRED)]
    assert queries.facts(foreigner.pk, date(2018, 12, 31)).status == EnrolmentStatus.ACTIVE
    assert queries.facts(foreigner.pk, date(2019, 1, 1)).status == EnrolmentStatus.SUSPENDED


@pytest.mark.requirement("ENR-13")
def test_a_renewed_document_ends_the_suspension_from_that_day(foreigner, clerk):
    suspend_expired(at(date(2019, 1, 3)))
    commands.renew_document(
        person_id=foreigner.pk,
        kind=ResidenceKind.RESIDENCE_PERMIT,
        number="a7654322",
        last_day=date(2019, 12, 31),
        operator=clerk,
        now=at(date(2019, 1, 10)),
    )
    assert queries.facts(foreigner.pk, date(2019, 1, 9)).status == EnrolmentStatus.SUSPENDED
    assert queries.facts(foreigner.pk, date(2019, 1, 10)).status == EnrolmentStatus.ACTIVE
    assert ResidenceDocument.objects.get(replaced_at=None).number == "A7654322"
    assert suspend_expired(at(date(2019, 1, 11))) == 0


def test_a_shorter_document_does_not_replace_a_longer_one(foreigner, clerk):
    with pytest.raises(NotLonger):
        commands.renew_document(
            person_id=foreigner.pk,
            kind=ResidenceKind.RESIDENCE_PERMIT,
            number="X1",
            last_day=date(2018, 6, 30),
            operator=clerk,
            now=NOW,
        )


@pytest.mark.requirement("ENR-13")
def test_a_roster_needs_the_document_too_and_keeps_it(clerk, tmp_path):
    head = "姓名,证件类型,证件号码,性别,出生日期,村代码,参保日期,居留证件种类,居留证件号码,居留证件有效期至"
    passport = f"外国人护照,E7654321{{}},男,1990-01-01,{VILLAGE},2017-08-01"
    file = tmp_path / "roster.csv"
    rows = [
        f"SMITH A,{passport.format(1)},,,",
        f"SMITH B,{passport.format(2)},居留证件,a1,2017-07-31",
        f"SMITH C,{passport.format(3)},居留证件,a2,2018-12-31",
        f"SMITH D,{passport.format(4)},定居证明,a3,",
    ]
    file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    preview = imports.check(kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=clerk, now=NOW)
    assert [(one.cell, one.code) for one in imports.problems_of(preview.id).rows] == [
        ("H2", "EN-1007"),
        ("J3", "EN-1008"),
        ("H5", "EN-1007"),
    ]
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=clerk, now=NOW)
    document = ResidenceDocument.objects.get()
    assert (document.person.name, document.number, document.valid_until) == ("SMITH C", "A2", date(2019, 1, 1))
