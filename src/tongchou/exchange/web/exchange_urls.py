"""Addresses of the exchange."""

from django.urls import path

from tongchou.exchange.web import outgoing, partners, rejected

app_name = "exchange"
urlpatterns = [
    path("", outgoing.files, name="files"),
    path("files/<str:number>/", outgoing.file, name="file"),
    path("files/<str:number>/download/", outgoing.download, name="download"),
    path("files/<str:number>/send/", outgoing.send, name="send"),
    path("files/<str:number>/receipt/", outgoing.receipt, name="receipt"),
    path("files/<str:number>/compare/", outgoing.compare, name="compare"),
    path("partners/", partners.partners, name="partners"),
    path("partners/add/", partners.add, name="add_partner"),
    path("partners/<int:partner_id>/", partners.partner, name="partner"),
    path("partners/<int:partner_id>/agree/", partners.agree, name="agree"),
    path("rejected/", rejected.rejected, name="rejected"),
    path("rejected/<int:row_id>/", rejected.row, name="rejected_row"),
    path("rejected/<int:row_id>/take/", rejected.take, name="take_rejected"),
    path("rejected/<int:row_id>/resolve/", rejected.resolve, name="resolve_rejected"),
]
