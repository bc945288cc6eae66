"""Addresses of cases' pages."""

from django.urls import path

from tongchou.cases.web import case, counter, delegations, drafts, figures, files, limits, papers, queue

app_name = "cases"
urlpatterns = [
    path("", queue.queue, name="cases"),
    path("bulk/", queue.bulk, name="bulk"),
    path("reassign/", queue.reassign, name="reassign"),
    path("counter/", counter.counter, name="counter"),
    path("counter/<str:kind_code>/", counter.accept, name="accept"),
    path("counter/<str:kind_code>/form.pdf", papers.blank_form, name="blank_form"),
    path("counter/<str:kind_code>/draft/", drafts.keep, name="keep_draft"),
    path("counter/<str:kind_code>/look-up/<str:name>/", counter.look_up, name="look_up"),
    path("drafts/", drafts.drafts, name="drafts"),
    path("drafts/discard/", drafts.discard, name="discard_drafts"),
    path("delegations/", delegations.delegations, name="delegations"),
    path("delegations/colleagues/", delegations.colleagues, name="colleagues"),
    path("delegations/<int:delegation_id>/end/", delegations.end, name="end_delegation"),
    path("limits/", limits.limits, name="limits"),
    path("figures/", figures.figures, name="figures"),
    path("receipts/<str:number>.pdf", papers.receipt, name="receipt"),
    path("<str:number>/", case.case_page, name="case"),
    path("<str:number>/next/", queue.following, name="next"),
    path("<str:number>/decide/", case.decide, name="decide"),
    path("<str:number>/ask/", case.ask, name="ask"),
    path("<str:number>/receive/", case.receive, name="receive"),
    path("<str:number>/verify/", case.verify, name="verify"),
    path("<str:number>/withdraw/", case.withdraw, name="withdraw"),
    path("<str:number>/hand-out/", case.hand_out, name="hand_out"),
    path("<str:number>/attach/", case.attach, name="attach"),
    path("<str:number>/supplied/<int:version>.pdf", papers.supplied, name="supplied"),
    path("<str:number>/form.pdf", papers.form, name="form"),
    path("<str:number>/result.pdf", papers.result, name="result"),
    path("<str:number>/files/<int:attachment_id>/", files.file, name="file"),
    path("<str:number>/files/<int:attachment_id>/small/", files.thumbnail, name="thumbnail"),
]
