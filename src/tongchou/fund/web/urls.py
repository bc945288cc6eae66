"""Addresses of the fund's pages."""

from django.urls import path

from tongchou.fund.web import books, closing, desk, documents, papers, vouchers
from tongchou.platform.web import desks

desks.add_desk("fund", 20, desk.matters)

app_name = "fund"
urlpatterns = [
    path("", books.board, name="board"),
    path("vouchers/", vouchers.vouchers, name="vouchers"),
    path("vouchers/<str:number>/", vouchers.voucher, name="voucher"),
    path("vouchers/<str:number>/print.pdf", papers.voucher, name="print_voucher"),
    path("entries/", documents.entries, name="entries"),
    path("entries/add/", documents.add_entry, name="add_entry"),
    path("documents/", documents.listed, name="documents"),
    path("documents/income/", documents.add_income, name="add_income"),
    path("documents/movement/", documents.add_movement, name="add_movement"),
    path("documents/<str:number>/", documents.document, name="document"),
    path("documents/<str:number>/print.pdf", papers.document, name="print_document"),
    path("documents/<str:number>/match/", documents.match, name="match"),
    path("documents/<str:number>/review/", documents.review, name="review"),
    path("documents/<str:number>/return/", documents.send_back, name="send_back"),
    path("documents/<str:number>/void/", documents.void, name="void"),
    path("months/", closing.months, name="months"),
    path("months/<str:scheme>/<str:month>/close/", closing.close, name="close_month"),
    path("trial-balance/", books.trial_balance, name="trial_balance"),
    path("ledger/<str:account>/", books.ledger, name="ledger"),
]
