from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tongchou.catalogue"
    label = "catalogue"
    verbose_name = "三大目录"

    def ready(self) -> None:
        """Import official lists."""
        from tongchou.catalogue import exports, imports
        from tongchou.platform import trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds

        kinds.register(imports.CATALOGUE)
        kinds.register(imports.DIAGNOSES)
        lists.register(exports.CATALOGUE)
        trail.name_actions(
            {
                "catalogue.set_item": "维护目录项目",
                "catalogue.set_item_term": "维护支付规定",
                "catalogue.set_diagnosis": "维护诊断编码",
                "catalogue.list_disease": "列入病种",
            }
        )
