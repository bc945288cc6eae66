"""Addresses of the fund's pages."""

from django.urls import path

from tongchou.fund.web import books, vouchers

app_name = "fund"
urlpatterns = [
    path("", books.board, name="board"),
    path("vouchers/", vouchers.vouchers, name="vouchers"),
    path("vouchers/<str:number>/", vouchers.voucher, name="voucher"),
    path("trial-balance/", books.trial_balance, name="trial_balance"),
    path("ledger/<str:account>/", books.ledger, name="ledger"),
]
