"""Addresses of the institutions' pages."""

from django.urls import path

from tongchou.institutions.web import institution, lists, physicians, wire_access

app_name = "institutions"
urlpatterns = [
    path("institutions/", lists.institutions, name="institutions"),
    path("institutions/look-up/", lists.look_up, name="look_up"),
    path("institutions/<str:code>/", institution.institution, name="institution"),
    path("institutions/<str:code>/physicians/", physicians.of_institution, name="of_institution"),
    path("institutions/<str:code>/dues/", institution.dues, name="dues"),
    path("institutions/<str:code>/wire/", wire_access.wire_access, name="wire_access"),
    path("physicians/", physicians.physicians, name="physicians"),
]
