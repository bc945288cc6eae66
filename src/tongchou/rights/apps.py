"""Django's description of the chapter."""

from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "tongchou.rights"
    label = "rights"
    verbose_name = "个人权益"

    def ready(self) -> None:
        """Name the trail's actions, know the clock's work, and hear of payments and cases."""
        from tongchou.platform import trail
        from tongchou.rights import actions, applications_heard, hearing, jobs, merged_persons

        trail.name_actions(actions.LABELS)
        jobs.register_jobs()
        merged_persons.follow()
        hearing.listen()
        applications_heard.listen()
