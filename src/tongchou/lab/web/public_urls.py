"""Addresses of the lab's public pages."""

from django.urls import path

from tongchou.lab.web import calculator

app_name = "public_lab"
urlpatterns = [path("calculator/", calculator.calculator, name="calculator")]
