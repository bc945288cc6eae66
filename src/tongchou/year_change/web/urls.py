"""Addresses of the year change's pages."""

from django.urls import path

from tongchou.year_change.web import checklist, paper

app_name = "year_change"
urlpatterns = [
    path("", checklist.years, name="years"),
    path("open/", checklist.open_year, name="open"),
    path("<int:year>/", checklist.checklist, name="checklist"),
    path("<int:year>/look/", checklist.look, name="look"),
    path("<int:year>/paper/", paper.paper, name="paper"),
    path("<int:year>/release/", checklist.release, name="release"),
    path("<int:year>/withdraw-release/", checklist.withdraw_release, name="withdraw_release"),
    path("<int:year>/<str:item>/confirm/", checklist.confirm, name="confirm"),
    path("<int:year>/<str:item>/withdraw/", checklist.withdraw, name="withdraw"),
    path("<int:year>/<str:item>/act/", checklist.act, name="act"),
]
