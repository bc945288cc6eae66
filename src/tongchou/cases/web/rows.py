"""The table of a form (表内各行): rows are added and taken away, each with its faults at the field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms

from tongchou.cases import kinds
from tongchou.cases.web import fields
from tongchou.cases.web import papers_form as papers

ADD: Final = "add_row"
_REMOVE = re.compile(r"remove_row_(\d{1,3})")
_PLACE = re.compile(r"\d{1,3}")


class RowForm(forms.Form):
    """One row, with the papers that belong to it."""

    def __init__(self, table: kinds.Rows, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)
        self.table = table
        for one in table.fields:
            self.fields[one.name] = fields.field(one)
        self.fields |= papers.fields(table.materials)

    @property
    def place(self) -> str:
        """What the buttons and the hidden field call this row."""
        return str(self.prefix).removeprefix("row-")

    def values(self) -> dict[str, str]:
        """What the row says; fields that cannot be read are left out."""
        filled = {one.name: fields.text(self.cleaned_data.get(one.name)) for one in self.table.fields}
        return {name: value for name, value in filled.items() if value}

    def is_blank(self) -> bool:
        return not any(self[one.name].value() for one in self.table.fields)

    def sections(self) -> Iterator[tuple[str, list[forms.BoundField], bool]]:
        """The fields by section; those after the first are folded away while they are empty and without fault."""
        titles = list(dict.fromkeys(one.section for one in self.table.fields))
        for title in titles:
            bound = [self[one.name] for one in self.table.fields if one.section == title]
            used = any(field.value() or field.errors for field in bound)
            yield title, bound, title == titles[0] or used

    def paper_lines(self) -> list[papers.Line]:
        return papers.lines(self, self.table.materials)


class RowForms:
    """The rows as posted, or as many empty ones as there must be."""

    def __init__(self, table: kinds.Rows, data: Mapping[str, Any] | None) -> None:
        self.table = table
        self.data = data
        if data is None:
            self.forms = [RowForm(table, prefix=f"row-{at}") for at in range(max(1, table.at_least))]
        else:
            self.forms = [RowForm(table, data, prefix=f"row-{place}") for place in _places(data)]

    def __iter__(self) -> Iterator[RowForm]:
        return iter(self.forms)

    def blank(self) -> RowForm:
        """An empty row for the browser to copy."""
        return RowForm(self.table, prefix="row-__")

    def change(self, act: str) -> bool:
        """Add or take away the row that the button names; False for any other button."""
        if act == ADD:
            taken = [int(form.place) for form in self.forms]
            self.forms.append(RowForm(self.table, prefix=f"row-{max(taken, default=-1) + 1}"))
        elif found := _REMOVE.fullmatch(act):
            self.forms = [form for form in self.forms if form.place != found[1]]
        else:
            return False
        self.leave_as_typed()
        return True

    def leave_as_typed(self) -> None:
        """What was typed stays; faults are not shown yet."""
        for form in self.forms:
            form.is_bound, form.initial = False, _typed(form, self.data) or form.initial

    def is_valid(self) -> bool:
        """Each row; wholly empty ones beyond the least number are left out."""
        spare = len(self.forms) - self.table.at_least
        kept = []
        for form in self.forms:
            if spare > 0 and form.is_blank():
                spare -= 1
            else:
                kept.append(form)
        self.forms = kept
        return not [form for form in self.forms if not form.is_valid()]

    def values(self) -> kinds.Table:
        return tuple(form.values() for form in self.forms)

    def papers(self, noted: str) -> frozenset[str]:
        """The codes of the rows' papers that were ticked."""
        found = [(at, form.cleaned_data.get(noted, ())) for at, form in enumerate(self.forms, start=1)]
        return frozenset(f"{code}.{at}" for at, codes in found for code in codes)

    def place(self, flaws: Sequence[kinds.Flaw]) -> None:
        """Each flaw at its row and field."""
        for flaw in flaws:
            if 0 < flaw.row <= len(self.forms):
                form = self.forms[flaw.row - 1]
                form.add_error(flaw.field if flaw.field in form.fields else None, flaw.said)

    def faults(self) -> Iterator[tuple[int, str, str, str]]:
        """Row number, field id, label and text of every fault, for the list above the form."""
        for at, form in enumerate(self.forms, start=1):
            for field in form:
                for said in field.errors:
                    yield at, field.auto_id, str(field.label), str(said)
            for said in form.non_field_errors():
                yield at, f"row-{form.place}", "", str(said)


def _places(data: Mapping[str, Any]) -> list[str]:
    """The rows that were posted, in their order, none twice."""
    posted = data.getlist("row") if hasattr(data, "getlist") else list(data.get("row", ()))
    return [place for place in dict.fromkeys(posted) if _PLACE.fullmatch(place)][:200]


def _typed(form: RowForm, data: Mapping[str, Any] | None) -> dict[str, Any]:
    if data is None:
        return {}
    return {
        name: field.widget.value_from_datadict(data, form.files, form.add_prefix(name))  # type: ignore[arg-type]
        for name, field in form.fields.items()
    }
