"""Fields of forms as pages show them (表单项): what may be chosen stands in the reader's language."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext


class ChoicesInWords(DjangoTemplates):
    """Translates the label of every option of a list, of which most are states and kinds; names of the data stay."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """The field as HTML."""
        for _group, options, _at in context.get("widget", {}).get("optgroups", ()):
            for option in options:
                option["label"] = gettext(str(option["label"])) if option["label"] else ""
        return str(super().render(template_name, context, request))
