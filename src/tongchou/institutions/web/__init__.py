"""Pages of institutions (定点管理): institutions, agreements, physicians, what is owed to them."""
