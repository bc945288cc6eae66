from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    name = "tongchou.institutions"
    label = "institutions"
    verbose_name = "协议管理"
