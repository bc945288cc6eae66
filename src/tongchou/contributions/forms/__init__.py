"""业务表单 of contributions, as they are signed: what is asked, on what ground, and who said yes."""
