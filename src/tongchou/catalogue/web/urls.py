"""Addresses of the catalogue's pages."""

from django.urls import path

from tongchou.catalogue.web import diagnoses, diseases, items

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", items.items, name="items"),
    path("catalogue/diagnoses/", diagnoses.diagnoses, name="diagnoses"),
    path("catalogue/diseases/", diseases.diseases, name="diseases"),
    path("catalogue/<str:code>/", items.item, name="item"),
]
