"""Addresses of enrolment's pages."""

from django.urls import path

from tongchou.enrolment.bank_accounts import web as accounts
from tongchou.enrolment.credentials import web as cards
from tongchou.enrolment.employers import web as employers
from tongchou.enrolment.merging import web as merges
from tongchou.enrolment.transfers import web as transfers
from tongchou.enrolment.web import (
    cancelling,
    duplicates,
    forwarded,
    households,
    listings,
    person,
    persons,
    refused,
    reports,
    residence,
    schools,
    villages,
)

app_name = "enrolment"
urlpatterns = [
    path("villages/", villages.villages, name="villages"),
    path("villages/<str:code>/", villages.village, name="village"),
    path("villages/<str:code>/forward/", villages.forward, name="forward"),
    path("villages/<str:code>/open-household/", villages.open_household, name="open_household"),
    path("villages/<str:code>/households/", villages.households_of, name="households"),
    path("schools/<str:code>/", schools.school, name="school"),
    path("schools/<str:code>/form.pdf", schools.school_form, name="school_form"),
    path("schools/<str:code>/<int:year>/", schools.school_class, name="school_class"),
    path("persons/<str:person_no>/cancel-registration/", cancelling.cancel, name="cancel_registration"),
    path("forwarded/", forwarded.batches, name="batches"),
    path("forwarded/<str:number>.pdf", forwarded.batch_paper, name="batch_paper"),
    path("forwarded/<str:number>/", forwarded.batch, name="batch"),
    path("households/<int:household_id>/", households.household, name="household"),
    path("households/<int:household_id>/join/", households.join, name="join_household"),
    path("households/<int:household_id>/leave/", households.leave, name="leave_household"),
    path("households/<int:household_id>/head/", households.head, name="change_head"),
    path("persons/", persons.persons, name="persons"),
    path("persons/listed/", listings.listings, name="listings"),
    path("persons/listed/<int:listing_id>/", listings.listing, name="listing"),
    path("persons/duplicates/", duplicates.listed, name="duplicates"),
    path("persons/duplicates/<int:duplicate_id>/", duplicates.duplicate, name="duplicate"),
    path("persons/merges/", merges.listed, name="merges"),
    path("persons/merges/<int:merge_id>/", merges.merge, name="merge"),
    path("persons/merges/<int:merge_id>/slip.pdf", merges.slip, name="merge_slip"),
    path("persons/reports/", reports.listed, name="reports"),
    path("persons/reports/approve/", reports.approve, name="approve_reports"),
    path("persons/reports/<int:report_id>/", reports.report, name="report"),
    path("persons/refused/", refused.listed, name="refused_visits"),
    path("persons/refused/<int:visit_id>/", refused.visit, name="refused_visit"),
    path("persons/residence/", residence.expiring, name="residence"),
    path("employers/", employers.employers, name="employers"),
    path("employers/new/", employers.new, name="employer_new"),
    path("employers/<int:employer_id>/", employers.employer, name="employer"),
    path("employers/<int:employer_id>/details/", employers.details, name="employer_details"),
    path("persons/cards/", cards.cards, name="cards"),
    path("persons/cards/issuing/", cards.progress, name="issuing"),
    path("persons/accounts/", accounts.changed, name="changed_accounts"),
    path("persons/transfers/", transfers.transfers, name="transfers"),
    path("persons/transfers/<str:number>/", transfers.transfer, name="transfer"),
    path("persons/transfers/<str:number>/<str:kind>.pdf", transfers.document, name="transfer_document"),
    path("persons/<str:person_no>/", person.person, name="person"),
    path("persons/<str:person_no>/merge/", merges.compare, name="merge_compare"),
    path("persons/<str:person_no>/split/<str:merged_no>/", merges.split, name="merge_split"),
    path("persons/<str:person_no>/account/", accounts.of_person, name="person_account"),
    path("persons/<str:person_no>/transfers/", transfers.of_person, name="person_transfers"),
    path("persons/<str:person_no>/cards/", cards.of_person, name="person_cards"),
    path("persons/<str:person_no>/cards/medium/", cards.link, name="person_medium"),
    path("persons/<str:person_no>/cards/<str:what>/", cards.act, name="card_act"),
    path("persons/<str:person_no>/certificate/", person.certificate, name="certificate"),
    path("persons/<str:person_no>/cases/", person.cases, name="cases"),
    path("persons/<str:person_no>/seen/", person.seen, name="seen"),
]
