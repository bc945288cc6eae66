"""Pages that know several chapters (跨业务页面): the dashboard, search, policy packages, health, residents' pages."""
