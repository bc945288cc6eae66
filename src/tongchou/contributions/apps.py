from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    name = "tongchou.contributions"
    label = "contributions"
    verbose_name = "筹资缴费"

    def ready(self) -> None:
        """Import what banks and tax offices report."""
        from tongchou.contributions import exports, history, imports
        from tongchou.platform import histories, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds

        kinds.register(imports.CONTRIBUTIONS)
        lists.register(exports.CONTRIBUTIONS)
        histories.register(history.SOURCE)
        trail.name_actions(
            {
                "contributions.set_standard": "维护缴费标准",
                "contributions.record_contribution": "缴费入账",
                "contributions.correct_contribution": "更正缴费",
                "contributions.void_contribution": "作废缴费",
            }
        )
