"""Addresses of the platform's pages."""

from django.urls import path

from tongchou.platform.web import calendars, my_security, operators, trails, units

app_name = "platform"
urlpatterns = [
    path("trail/", trails.trail_page, name="trail"),
    path("trail/<int:entry_id>/", trails.entry, name="trail_entry"),
    path("units/", units.units, name="units"),
    path("units/<str:code>/", units.unit, name="unit"),
    path("operators/", operators.operators, name="operators"),
    path("operators/<str:staff_code>/", operators.operator, name="operator"),
    path("operators/<str:staff_code>/grant/", operators.grant, name="grant"),
    path("operators/<str:staff_code>/revoke/<int:holding_id>/", operators.revoke, name="revoke"),
    path("operators/<str:staff_code>/reset-second-factor/", operators.reset_factor, name="reset_second_factor"),
    path("second-factors/", operators.second_factors, name="second_factors"),
    path("my-security/", my_security.my_security, name="my_security"),
    path("my-security/bind/", my_security.bind, name="bind"),
    path("my-security/confirm/", my_security.confirm, name="confirm_binding"),
    path("my-security/recovery-codes/", my_security.recovery_codes, name="recovery_codes"),
    path("posts/", operators.posts, name="posts"),
    path("calendar/", calendars.calendar, name="calendar"),
]
