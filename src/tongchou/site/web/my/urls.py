"""Addresses of the residents' pages."""

from django.urls import path

from tongchou.site.web.my import cases, moving, pages, papers, registering, services, transfers

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
    path("record/", papers.record, name="record"),
    path("certificates/", papers.certificates, name="certificates"),
    path("certificates/<str:number>/", papers.certificate, name="certificate"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("objections/", papers.objections, name="objections"),
    path("objections/<str:number>/withdraw/", papers.withdraw, name="withdraw"),
    path("notices/", papers.notices, name="notices"),
    path("services/", services.services, name="services"),
    path("services/lose/", services.lose, name="lose"),
    path("services/register/<str:whom>/", registering.register, name="register"),
    path("services/places/", registering.places, name="places"),
    path("services/areas/", moving.areas, name="areas"),
    path("services/transfer/", moving.move, name="move"),
    path("services/<str:what>/", services.change, name="change"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<str:number>/<str:kind>/", transfers.document, name="transfer_document"),
    path("family/", papers.family, name="family"),
    path("family/<int:person_id>/", papers.act_for, name="act_for"),
    path("family/<int:mandate_id>/end/", papers.end, name="end_mandate"),
    path("account/", papers.account, name="account"),
]
