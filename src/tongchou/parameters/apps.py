from django.apps import AppConfig


class ParametersConfig(AppConfig):
    name = "tongchou.parameters"
    label = "parameters"
    verbose_name = "政策参数"

    def ready(self) -> None:
        """Say what the trail calls the actions."""
        from tongchou.parameters.actions import ACTIONS
        from tongchou.platform import trail

        trail.name_actions(ACTIONS)
