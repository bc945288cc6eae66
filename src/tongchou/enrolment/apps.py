from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "tongchou.enrolment"
    label = "enrolment"
    verbose_name = "参保登记"

    def ready(self) -> None:
        """Let the roster be imported and exported, and name the trail's actions."""
        from tongchou.enrolment import actions, exports, history, roster
        from tongchou.platform import histories, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds

        kinds.register(roster.ROSTER)
        lists.register(exports.ROSTER)
        trail.name_actions(actions.LABELS)
        histories.register(history.SOURCE)
