from django.apps import AppConfig


class ParametersConfig(AppConfig):
    name = "tongchou.parameters"
    label = "parameters"
    verbose_name = "政策参数"

    def ready(self) -> None:
        """Say what the trail calls the actions."""
        from tongchou.parameters import yearly
        from tongchou.parameters.actions import ACTIONS
        from tongchou.platform import trail
        from tongchou.year_change import items as year_items

        trail.name_actions(ACTIONS)
        year_items.register(yearly.ITEM)
