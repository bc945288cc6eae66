from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tongchou.catalogue"
    label = "catalogue"
    verbose_name = "三大目录"
