"""Addresses of enrolment's pages."""

from django.urls import path

from tongchou.enrolment.web import person, persons

app_name = "enrolment"
urlpatterns = [
    path("persons/", persons.persons, name="persons"),
    path("persons/<str:person_no>/", person.person, name="person"),
    path("persons/<str:person_no>/certificate/", person.certificate, name="certificate"),
    path("persons/<str:person_no>/cases/", person.cases, name="cases"),
    path("persons/<str:person_no>/seen/", person.seen, name="seen"),
]
