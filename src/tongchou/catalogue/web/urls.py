"""Addresses of the catalogue's pages."""

from django.urls import path

from tongchou.catalogue.web import diagnoses, items

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", items.items, name="items"),
    path("catalogue/<str:code>/", items.item, name="item"),
    path("diagnoses/", diagnoses.diagnoses, name="diagnoses"),
]
