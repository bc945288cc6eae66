"""Addresses of the residents' pages."""

from django.urls import path

from tongchou.site.web.my import pages

app_name = "my"
urlpatterns = [
    path("", pages.home, name="home"),
    path("login/", pages.login, name="login"),
    path("logout/", pages.logout, name="logout"),
    path("coverage/", pages.coverage, name="coverage"),
    path("year/", pages.year, name="year"),
    path("bills/", pages.bills, name="bills"),
    path("bills/<str:number>/", pages.bill, name="bill"),
    path("bills/<str:number>/slip/", pages.slip, name="slip"),
    path("seen/", pages.seen, name="seen"),
    path("verify/", pages.verify, name="verify"),
]
