"""Addresses (地址): each chapter brings its own; here is where they hang."""

from django.urls import include, path

from tongchou.site import views
from tongchou.site.web import dashboard, health, messages, refusals, search
from tongchou.site.web.my import terminals

message_urls = [
    path("", messages.messages, name="messages"),
    path("refusals/", refusals.refusals, name="refusals"),
    path("refused/", refusals.refused_messages, name="refused"),
    path("<str:institution_code>/<str:infno>/<str:msgid>/<str:digest>/", messages.message, name="message"),
]

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("search/", search.search, name="search"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("language/", views.language, name="language"),
    path("notices/", views.notices, name="notices"),
    path("health/", health.health, name="health"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("cases/", include("tongchou.cases.web.urls")),
    path("", include("tongchou.enrolment.web.urls")),
    path("", include("tongchou.contributions.web.urls")),
    path("", include("tongchou.institutions.web.urls")),
    path("", include("tongchou.catalogue.web.urls")),
    path("", include("tongchou.encounters.web.urls")),
    path("", include("tongchou.settlement.web.urls")),
    path("", include("tongchou.rights.web.urls")),
    path("public/", include("tongchou.rights.web.public_urls")),
    path("fund/", include("tongchou.fund.web.urls")),
    path("policy/", include("tongchou.parameters.web.urls")),
    path("lab/", include("tongchou.lab.web.urls")),
    path("public/", include("tongchou.lab.web.public_urls")),
    path("year-change/", include("tongchou.year_change.web.urls")),
    path("imports/", include("tongchou.exchange.web.urls")),
    path("exchange/", include("tongchou.exchange.web.exchange_urls")),
    path("messages/", include((message_urls, "messages"))),
    path("my/", include("tongchou.site.web.my.urls")),
    path("api/rights/<str:what>/", terminals.terminal, name="terminal"),
    path("system/", include("tongchou.platform.web.urls")),
]

handler403 = "tongchou.site.views.forbidden"
handler404 = "tongchou.site.views.not_found"
handler500 = "tongchou.site.views.broken"
