"""Addresses of the contributions' pages."""

from django.urls import path

from tongchou.contributions.web import of_person, payments

app_name = "contributions"
urlpatterns = [
    path("contributions/", payments.payments, name="payments"),
    path("persons/<str:person_no>/coverage/", of_person.coverage, name="of_person"),
]
