"""Kinds of the wire (接口平台)."""

from django.db import models


class Gateway(models.TextChoices):
    """网关校验方式: what stands between the institution and us, and how it signs."""

    NONE = "none", "专线直连，不验签"
    CSB = "csb", "CSB网关(HMAC-SHA1)"
    TIF = "tif", "x-tif网关(SHA-256)"
    CA = "ca", "x-ca网关(HMAC-SM3)"
    API_KEY = "apikey", "apikey"
