from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tongchou.site"
    label = "site"
    verbose_name = "统筹"

    def ready(self) -> None:
        """Say what the residents' pages note in the trail."""
        from tongchou.platform import trail

        trail.name_actions({"site.resident_signed_in": "居民登录", "site.resident_refused": "居民登录未通过"})
