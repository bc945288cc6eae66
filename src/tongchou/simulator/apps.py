from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "tongchou.simulator"
    label = "simulator"
    verbose_name = "模拟城市"
