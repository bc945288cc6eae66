from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tongchou.site"
    label = "site"
    verbose_name = "统筹"
