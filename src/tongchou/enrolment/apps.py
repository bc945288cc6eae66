from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "tongchou.enrolment"
    label = "enrolment"
    verbose_name = "参保登记"
