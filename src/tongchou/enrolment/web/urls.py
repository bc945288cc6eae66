"""Addresses of enrolment's pages."""

from django.urls import path

from tongchou.enrolment.credentials import web as cards
from tongchou.enrolment.web import listings, person, persons, residence

app_name = "enrolment"
urlpatterns = [
    path("persons/", persons.persons, name="persons"),
    path("persons/listed/", listings.listings, name="listings"),
    path("persons/listed/<int:listing_id>/", listings.listing, name="listing"),
    path("persons/residence/", residence.expiring, name="residence"),
    path("persons/cards/", cards.cards, name="cards"),
    path("persons/cards/issuing/", cards.progress, name="issuing"),
    path("persons/<str:person_no>/", person.person, name="person"),
    path("persons/<str:person_no>/cards/", cards.of_person, name="person_cards"),
    path("persons/<str:person_no>/cards/medium/", cards.link, name="person_medium"),
    path("persons/<str:person_no>/cards/<str:what>/", cards.act, name="card_act"),
    path("persons/<str:person_no>/certificate/", person.certificate, name="certificate"),
    path("persons/<str:person_no>/cases/", person.cases, name="cases"),
    path("persons/<str:person_no>/seen/", person.seen, name="seen"),
]
