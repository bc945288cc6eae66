"""Addresses of the imports."""

from django.urls import path

from tongchou.exchange.web import imports

app_name = "imports"
urlpatterns = [
    path("", imports.start, name="imports"),
    path("template/<str:kind>/", imports.template, name="template"),
    path("<int:file_id>/", imports.preview, name="import"),
    path("<int:file_id>/take-in/", imports.take_in, name="take_in"),
    path("<int:file_id>/check/", imports.check_again, name="check"),
    path("<int:file_id>/cancel/", imports.cancel, name="cancel"),
    path("<int:file_id>/report/", imports.report, name="report"),
    path("<int:file_id>/quality/", imports.quality, name="quality"),
    path("<int:file_id>/return/", imports.return_file, name="return_file"),
]
