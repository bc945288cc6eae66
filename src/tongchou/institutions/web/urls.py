"""Addresses of the institutions' pages."""

from django.urls import path

from tongchou.institutions.web import institution, lists, physicians

app_name = "institutions"
urlpatterns = [
    path("institutions/", lists.institutions, name="institutions"),
    path("institutions/look-up/", lists.look_up, name="look_up"),
    path("institutions/<str:code>/", institution.institution, name="institution"),
    path("institutions/<str:code>/physicians/", physicians.of_institution, name="of_institution"),
    path("institutions/<str:code>/dues/", institution.dues, name="dues"),
    path("physicians/", physicians.physicians, name="physicians"),
]
