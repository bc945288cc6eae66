"""Addresses of the encounters' pages."""

from django.urls import path

from tongchou.encounters.web import encounter, filings, lists, of_institution, of_person, renewals, third_party

app_name = "encounters"
urlpatterns = [
    path("encounters/", lists.encounters, name="encounters"),
    path("encounters/<str:number>/", encounter.encounter, name="encounter"),
    path("encounters/<str:number>/third-party/", third_party.third_party, name="third_party"),
    path("encounters/<str:number>/third-party/declare/", third_party.declare, name="declare_third_party"),
    path("encounters/<str:number>/third-party/decide/", third_party.decide, name="decide_third_party"),
    path("encounters/<str:number>/third-party/recover/", third_party.recover, name="recover_third_party"),
    path("third-parties/", third_party.third_parties, name="third_parties"),
    path("filings/renew/", renewals.renewals, name="renewals"),
    path("filings/renew/chosen/", renewals.renew, name="renew"),
    path("filings/", filings.filings, name="filings"),
    path("filings/new/", filings.new_filing, name="new_filing"),
    path("filings/<int:filing_id>/", filings.filing, name="filing"),
    path("filings/<int:filing_id>/<str:change>/", filings.change_filing, name="change_filing"),
    path("persons/<str:person_no>/encounters/", of_person.encounters, name="of_person"),
    path("institutions/<str:code>/encounters/", of_institution.encounters, name="of_institution"),
]
