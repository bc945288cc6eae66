from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    name = "tongchou.institutions"
    label = "institutions"
    verbose_name = "协议管理"

    def ready(self) -> None:
        """Import lists of institutions and physicians."""
        from tongchou.institutions import exports, imports, yearly
        from tongchou.platform import trail
        from tongchou.platform.spreadsheets import exports as lists
        from tongchou.platform.spreadsheets import kinds
        from tongchou.year_change import items as year_items

        kinds.register(imports.INSTITUTIONS)
        kinds.register(imports.PHYSICIANS)
        lists.register(exports.INSTITUTIONS)
        trail.name_actions(
            {
                "institutions.register_institution": "登记定点机构",
                "institutions.set_level": "变更医院等级",
                "institutions.sign_agreement": "签订服务协议",
                "institutions.suspend_agreement": "暂停服务协议",
                "institutions.resume_agreement": "恢复服务协议",
                "institutions.end_agreement": "终止服务协议",
                "institutions.file_physician": "医师备案",
                "institutions.end_filing": "注销医师备案",
                "institutions.suspend_physician": "暂停医师服务",
                "institutions.resume_physician": "恢复医师服务",
            }
        )
        year_items.register(yearly.ITEM)
