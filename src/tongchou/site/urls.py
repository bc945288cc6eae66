"""Addresses (地址): each chapter brings its own; here is where they hang."""

from django.urls import include, path

from tongchou.site import views
from tongchou.site.web import dashboard, search

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("search/", search.search, name="search"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("language/", views.language, name="language"),
    path("notices/", views.notices, name="notices"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("tongchou.institutions.web.urls")),
    path("", include("tongchou.catalogue.web.urls")),
    path("fund/", include("tongchou.fund.web.urls")),
    path("system/", include("tongchou.platform.web.urls")),
]

handler403 = "tongchou.site.views.forbidden"
handler404 = "tongchou.site.views.not_found"
handler500 = "tongchou.site.views.broken"
