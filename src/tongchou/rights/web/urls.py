"""Addresses of the pages of rights."""

from django.urls import path

from tongchou.rights.web import applications, certificates, objections, record, units

app_name = "rights"
urlpatterns = [
    path("persons/<str:person_no>/record/", record.record, name="record"),
    path("persons/<str:person_no>/certificates/", certificates.of_person, name="of_person"),
    path("persons/<str:person_no>/certificates/issue/", certificates.issue, name="issue"),
    path("persons/<str:person_no>/objection/", objections.new, name="objection_new"),
    path("persons/<str:person_no>/extract/", applications.new, name="application_new"),
    path("persons/<str:person_no>/guardian/", record.guardian, name="guardian"),
    path("rights/certificates/", certificates.certificates, name="certificates"),
    path("rights/certificates/<str:number>/", certificates.certificate, name="certificate"),
    path("rights/certificates/<str:number>/print/", certificates.print_one, name="print"),
    path("rights/certificates/<str:number>/withdraw/", certificates.withdraw, name="withdraw"),
    path("rights/objections/", objections.objections, name="objections"),
    path("rights/objections/<str:number>/", objections.objection, name="objection"),
    path("rights/objections/<str:number>/check/", objections.check, name="objection_check"),
    path("rights/objections/<str:number>/answer/", objections.answer, name="objection_answer"),
    path("rights/objections/<str:number>/withdraw/", objections.withdraw, name="objection_withdraw"),
    path("rights/applications/", applications.applications, name="applications"),
    path("rights/applications/<str:number>/", applications.application, name="application"),
    path("rights/applications/<str:number>/decide/", applications.decide, name="application_decide"),
    path("rights/applications/<str:number>/give/", applications.give, name="application_give"),
    path("rights/units/", units.units, name="units"),
    path("rights/units/<str:code>/", units.unit, name="unit"),
    path("rights/units/<str:code>/roster/", units.roster, name="roster"),
    path("rights/units/<str:code>/statements/", units.start, name="batch_start"),
    path("rights/batches/<int:batch_id>/", units.batch, name="batch"),
    path("rights/batches/<int:batch_id>/cancel/", units.cancel, name="batch_cancel"),
    path("rights/batches/<int:batch_id>/print/", units.print_part, name="batch_print"),
]
