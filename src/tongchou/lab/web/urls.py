"""Addresses of the policy lab's pages."""

from django.urls import path

from tongchou.lab.web import asking, lists, replay

app_name = "lab"
urlpatterns = [
    path("", lists.replays, name="replays"),
    path("new/", asking.replay_new, name="replay_new"),
    path("<int:replay_id>/", replay.replay, name="replay"),
    path("<int:replay_id>/cancel/", replay.cancel, name="cancel"),
    path("<int:replay_id>/again/", replay.again, name="again"),
    path("<int:replay_id>/step/", replay.of_step, name="of_step"),
    path("<int:replay_id>/sheet/", replay.sheet, name="sheet"),
    path("<int:replay_id>/settlements/<int:settlement_id>/", replay.change, name="change"),
]
