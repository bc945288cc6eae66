"""Addresses of the contributions' pages."""

from django.urls import path

from tongchou.contributions.web import batches, of_person, owed_by, payments, receivables, refunds

app_name = "contributions"
urlpatterns = [
    path("contributions/", payments.payments, name="payments"),
    path("contributions/standards/add/", payments.add_standard, name="add_standard"),
    path("contributions/owed/", receivables.owed, name="owed"),
    path("contributions/owed/open/", receivables.open_year, name="open_year"),
    path("contributions/progress/", receivables.board, name="progress"),
    path("contributions/batches/", batches.batches, name="batches"),
    path("contributions/batches/add/", batches.add, name="add_batch"),
    path("contributions/batches/<int:batch_id>/", batches.batch, name="batch"),
    path("contributions/batches/<int:batch_id>/items/", batches.items, name="items"),
    path("contributions/batches/<int:batch_id>/send/", batches.send, name="send"),
    path("contributions/batches/<int:batch_id>/cancel/", batches.cancel, name="cancel"),
    path("contributions/batches/<int:batch_id>/again/", batches.again, name="again"),
    path("contributions/batches/<int:batch_id>/answer/", batches.answer, name="answer"),
    path("contributions/advices/", batches.advices, name="advices"),
    path("contributions/advices/add/", batches.advise, name="advise"),
    path("contributions/pending/", batches.pending, name="pending"),
    path("contributions/pending/<int:pending_id>/", batches.pending_one, name="pending_one"),
    path("contributions/refunds/", refunds.refunds, name="refunds"),
    path("contributions/refunds/board/", refunds.board, name="refund_board"),
    path("contributions/refunds/runs/", refunds.runs, name="refund_runs"),
    path("contributions/refunds/runs/add/", refunds.add_run, name="add_refund_run"),
    path("contributions/refunds/runs/<int:run_id>/", refunds.run, name="refund_run"),
    path("contributions/refunds/runs/<int:run_id>/cancel/", refunds.cancel_run, name="cancel_refund_run"),
    path("contributions/refunds/runs/<int:run_id>/release/", refunds.release_run, name="release_refund_run"),
    path("contributions/refunds/runs/<int:run_id>/send/", refunds.send_run, name="send_refund_run"),
    path("contributions/refunds/runs/<int:run_id>/answer/", refunds.answer_run, name="answer_refund_run"),
    path("contributions/refunds/<str:number>/", refunds.refund, name="refund"),
    path("persons/<str:person_no>/coverage/", of_person.coverage, name="of_person"),
    path("persons/<str:person_no>/owed/", owed_by.owed_by, name="owed_by"),
    path("persons/<str:person_no>/owed/sign/", owed_by.sign, name="sign"),
    path("persons/<str:person_no>/owed/<int:mandate_id>/end/", owed_by.end, name="end"),
]
