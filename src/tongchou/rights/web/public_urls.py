"""Addresses that everybody may open without a log-in."""

from django.urls import path

from tongchou.rights.web import public

app_name = "public"
urlpatterns = [
    path("", public.index, name="index"),
    path("verify/", public.verify, name="verify"),
    path("progress/", public.progress, name="progress"),
    path("catalogue/", public.catalogue, name="catalogue"),
    path("institutions/", public.institutions, name="institutions"),
    path("procedures/", public.procedures, name="procedures"),
]
