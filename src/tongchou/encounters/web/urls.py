"""Addresses of the encounters' pages."""

from django.urls import path

from tongchou.encounters.web import encounter, lists, of_institution, of_person

app_name = "encounters"
urlpatterns = [
    path("encounters/", lists.encounters, name="encounters"),
    path("encounters/<str:number>/", encounter.encounter, name="encounter"),
    path("persons/<str:person_no>/encounters/", of_person.encounters, name="of_person"),
    path("institutions/<str:code>/encounters/", of_institution.encounters, name="of_institution"),
]
