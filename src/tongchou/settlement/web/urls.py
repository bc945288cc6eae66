"""Addresses of the settlements' pages."""

from django.urls import path

from tongchou.settlement.web import counter, insurer, lists, of_institution, of_person, replays, settlement, suspects

app_name = "settlement"
urlpatterns = [
    path("settlements/", lists.settlements, name="settlements"),
    path("settlements/suspects/", suspects.suspects, name="suspects"),
    path("settlements/insurer/", insurer.files, name="insurer"),
    path("settlements/insurer/make/", insurer.make, name="make_insurer_file"),
    path("settlements/insurer/<int:file_id>/", insurer.file, name="insurer_file"),
    path("settlements/insurer/<int:file_id>/answer/", insurer.upload, name="insurer_answer"),
    path("settlements/replays/", replays.replays, name="replays"),
    path("settlements/replays/<str:person_no>/<str:scheme>/<int:year>/", replays.replay, name="replay"),
    path("settlements/replays/<str:person_no>/<str:scheme>/<int:year>/recompute/", replays.recompute, name="recompute"),
    path("settlements/replays/<str:person_no>/<str:scheme>/<int:year>/leave/", replays.leave, name="leave_year"),
    path("encounters/<str:number>/counter/", counter.counter, name="counter"),
    path("settlements/<str:number>/", settlement.settlement, name="settlement"),
    path("settlements/<str:number>/dependents/", settlement.dependents, name="dependents"),
    path("settlements/<str:number>/slip/", settlement.slip, name="slip"),
    path("persons/<str:person_no>/settlements/", of_person.settlements, name="of_person"),
    path("persons/<str:person_no>/year/", of_person.year, name="year"),
    path("institutions/<str:code>/settlements/", of_institution.settlements, name="of_institution"),
]
