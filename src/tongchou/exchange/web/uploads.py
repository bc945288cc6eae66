"""上传: what a browser sends as a file of the machine, and a partner's answer on the way into the imports."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import imports
from tongchou.exchange.imports import files
from tongchou.exchange.models import OutgoingFile
from tongchou.platform.web.access import PageRequest, refusals_at


class AnswerForm(forms.Form):
    """回盘文件."""

    file = forms.FileField(label=_("回盘文件"), widget=forms.ClearableFileInput(attrs={"class": "form-control"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


@contextmanager
def on_disk(uploaded: UploadedFile) -> Iterator[Path]:
    """The uploaded bytes as a file of the machine."""
    with tempfile.TemporaryDirectory(prefix="tongchou-upload-") as folder:
        path = Path(folder) / f"upload{Path(uploaded.name or '').suffix.lower()}"
        with path.open("wb") as handle:
            for piece in uploaded.chunks():
                handle.write(piece)
        yield path


def take_answer(
    request: PageRequest, form: AnswerForm, *, kind: str, answers: OutgoingFile | None
) -> HttpResponse | None:
    """上传回盘: received, checked and taken in like every import; None, with the errors on the form, if refused."""
    if not form.is_valid() or answers is None:
        return None
    uploaded = form.cleaned_data["file"]
    with refusals_at(form, "file"), on_disk(uploaded) as content:
        received = files.receive(
            kind=kind,
            pooling_area=answers.pooling_area_id,
            file_name=uploaded.name or "",
            content=content,
            options={"answers": answers.number},
            operator=request.operator,
            now=request.now,
        )
        imports.start_check(file_id=received.pk, operator=request.operator, now=request.now)
        return redirect("imports:import", received.pk)
    return None
