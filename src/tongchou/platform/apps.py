"""Django's description of the chapter."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "tongchou.platform"
    label = "platform"
    verbose_name = "平台"

    def ready(self) -> None:
        """Let the login signals and the daily work be known."""
        from tongchou.platform import authentication, checks, daily, training_file
        from tongchou.platform.spreadsheets import kinds

        kinds.register(training_file.TRAINING)

        checks.name_works("import", lambda: {kind.name: kind.title for kind in kinds.registered()})
        authentication.connect_signals()
        daily.register_jobs()
