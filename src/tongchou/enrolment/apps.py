from datetime import timedelta

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "tongchou.enrolment"
    label = "enrolment"
    verbose_name = "参保登记"

    def ready(self) -> None:
        """Let the roster be imported and exported, and name the trail's actions."""
        from tongchou.enrolment import actions, exports, group_lists, roster
        from tongchou.enrolment.commands.residence import suspend_expired
        from tongchou.platform import jobs, trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds

        kinds.register(roster.ROSTER)
        kinds.register(group_lists.GROUP_LISTS)
        lists.register(exports.ROSTER)
        trail.name_actions(actions.LABELS)
        jobs.register(
            "enrolment.suspend_expired", label="居留证件到期停保", every=timedelta(hours=6), work=suspend_expired
        )
