"""Addresses of the exchange."""

from django.urls import path

from tongchou.exchange.web import duties, formats, links, outgoing, partners, rejected

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
    path("partners/<int:partner_id>/figures/", partners.figures_file, name="make_figures"),
    path("partners/<int:partner_id>/agree/", partners.agree, name="agree"),
    path("files/<str:number>/resend/", links.resend, name="resend"),
    path("partners/<int:partner_id>/edit/", partners.edit, name="edit_partner"),
    path("partners/<int:partner_id>/duties/add/", duties.add, name="add_duty"),
    path("duties/", duties.hand_offs, name="duties"),
    path("duties/<int:hand_off_id>/", duties.hand_off, name="hand_off"),
    path("duties/<int:hand_off_id>/record/", duties.record, name="record_hand_off"),
    path("formats/", formats.formats, name="formats"),
    path("formats/add/", formats.add, name="add_format"),
    path("formats/preview/", formats.preview, name="preview_format"),
    path("formats/<int:format_id>/", formats.show, name="format"),
    path("formats/<int:format_id>/decide/", formats.decide, name="decide_format"),
    path("links/", links.links_list, name="links"),
    path("links/<int:partner_id>/", links.link, name="link"),
    path("links/<int:partner_id>/set/", links.set_link, name="set_link"),
    path("links/<int:partner_id>/keys/", links.add_key, name="add_key"),
    path("links/<int:partner_id>/try/", links.try_now, name="try_link"),
    path("deliveries/<int:delivery_id>/withdraw/", links.withdraw, name="withdraw"),
    path("arrivals/", links.arrivals_list, name="arrivals"),
    path("arrivals/<int:arrival_id>/", links.arrival, name="arrival"),
    path("arrivals/<int:arrival_id>/retry/", links.retry, name="retry_arrival"),
    path("totals/", links.totals, name="totals"),
    path("rejected/bulk/", rejected.bulk, name="rejected_bulk"),
    path("rejected/", rejected.rejected, name="rejected"),
    path("rejected/<int:row_id>/", rejected.row, name="rejected_row"),
    path("rejected/<int:row_id>/take/", rejected.take, name="take_rejected"),
    path("rejected/<int:row_id>/resolve/", rejected.resolve, name="resolve_rejected"),
]
