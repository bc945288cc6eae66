"""Addresses of the contributions' pages."""

from django.urls import path

from tongchou.contributions.web import batches, of_person, owed_by, payments, receivables, subsidies, subsidy_papers

app_name = "contributions"
urlpatterns = [
    path("contributions/", payments.payments, name="payments"),
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
    path("contributions/subsidies/", subsidies.subsidies, name="subsidies"),
    path("contributions/subsidies/add/", subsidies.add, name="add_subsidy"),
    path("contributions/subsidies/shares/", subsidies.share_table, name="shares"),
    path("contributions/subsidies/<str:number>/", subsidies.subsidy, name="subsidy"),
    path("contributions/subsidies/<str:number>/count/", subsidies.count, name="count_subsidy"),
    path("contributions/subsidies/<str:number>/review/", subsidies.review, name="review_subsidy"),
    path("contributions/subsidies/<str:number>/submit/", subsidies.submit, name="submit_subsidy"),
    path("contributions/subsidies/<str:number>/return/", subsidies.send_back, name="return_subsidy"),
    path("contributions/subsidies/<str:number>/approve/", subsidies.approve, name="approve_subsidy"),
    path("contributions/subsidies/<str:number>/grant/", subsidies.grant, name="grant_subsidy"),
    path("contributions/subsidies/<str:number>/verify/", subsidies.verify, name="verify_subsidy"),
    path("contributions/subsidies/<str:number>/differ/", subsidies.differ, name="differ_subsidy"),
    path("contributions/subsidies/<str:number>/settle/", subsidies.settle, name="settle_subsidy"),
    path("contributions/subsidies/<str:number>/heads/", subsidies.heads, name="subsidy_heads"),
    path(
        "contributions/subsidies/<str:number>/differences/<int:difference_id>/",
        subsidies.difference,
        name="subsidy_difference",
    ),
    path("contributions/subsidies/<str:number>/form.pdf", subsidy_papers.form, name="subsidy_form"),
    path("contributions/subsidies/<str:number>/workbook.xlsx", subsidy_papers.workbook, name="subsidy_workbook"),
    path("persons/<str:person_no>/coverage/", of_person.coverage, name="of_person"),
    path("persons/<str:person_no>/owed/", owed_by.owed_by, name="owed_by"),
    path("persons/<str:person_no>/owed/sign/", owed_by.sign, name="sign"),
    path("persons/<str:person_no>/owed/<int:mandate_id>/end/", owed_by.end, name="end"),
]
