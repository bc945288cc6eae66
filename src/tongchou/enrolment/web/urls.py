"""Addresses of enrolment's pages."""

from django.urls import path

from tongchou.enrolment.web import duplicates, listings, person, persons, refused, reports, residence

app_name = "enrolment"
urlpatterns = [
    path("persons/", persons.persons, name="persons"),
    path("persons/listed/", listings.listings, name="listings"),
    path("persons/listed/<int:listing_id>/", listings.listing, name="listing"),
    path("persons/duplicates/", duplicates.listed, name="duplicates"),
    path("persons/duplicates/<int:duplicate_id>/", duplicates.duplicate, name="duplicate"),
    path("persons/reports/", reports.listed, name="reports"),
    path("persons/reports/approve/", reports.approve, name="approve_reports"),
    path("persons/reports/<int:report_id>/", reports.report, name="report"),
    path("persons/refused/", refused.listed, name="refused_visits"),
    path("persons/refused/<int:visit_id>/", refused.visit, name="refused_visit"),
    path("persons/residence/", residence.expiring, name="residence"),
    path("persons/<str:person_no>/", person.person, name="person"),
    path("persons/<str:person_no>/certificate/", person.certificate, name="certificate"),
    path("persons/<str:person_no>/cases/", person.cases, name="cases"),
    path("persons/<str:person_no>/seen/", person.seen, name="seen"),
]
