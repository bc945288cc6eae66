from django.apps import AppConfig


class EncountersConfig(AppConfig):
    name = "tongchou.encounters"
    label = "encounters"
    verbose_name = "就医管理"
