"""Attachments (附件): scans, photos and PDF; looked at before they are kept, kept once under their own digest."""

import hashlib
import io
import warnings
from datetime import datetime
from typing import Final

from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from tongchou.cases import kinds
from tongchou.cases.commands import steps
from tongchou.cases.models import Attachment, Case, Content
from tongchou.cases.states import OPEN, Act, Channel
from tongchou.kernel.errors import DomainError
from tongchou.platform.queries import Operator

LARGEST_BYTES: Final = 10 << 20
MOST_PER_CASE: Final = 60
LARGEST_PIXELS: Final = 60_000_000
THUMBNAIL: Final = (240, 240)
_FORMATS: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}


class FileTooLarge(DomainError):
    code = "CS-1501"
    message = "文件{name}超过{limit}兆字节,请压缩后再传"


class FileUnreadable(DomainError):
    code = "CS-1502"
    message = "文件{name}不是可以打开的图片(JPG、PNG)或PDF"


class TooManyFiles(DomainError):
    code = "CS-1503"
    message = "每件业务最多{limit}个附件"


class SameFileAgain(DomainError):
    code = "CS-1504"
    message = "这个文件已在附件中({name})"


@transaction.atomic(durable=True)
def attach(
    *, number: str, version: int, name: str, data: bytes, material_code: str = "", operator: Operator, now: datetime
) -> Attachment:
    """上传附件: type by content, not by name; size limited; the same bytes are stored once in the whole house.

    Raises: CaseUnknown, ChangedMeanwhile, WrongState, FileTooLarge, FileUnreadable, TooManyFiles, SameFileAgain,
    NoPermission, OutOfScope.
    """
    shown = _shown_name(name, data)
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    return _kept(case, shown, data, material_code, operator, now)


def check_file(name: str, data: bytes) -> None:
    """Would the file be kept? Asked before a case is made with it. Raises: FileTooLarge, FileUnreadable."""
    _looked_at(data, _shown_name(name, data))


@transaction.atomic(durable=True)
def attach_own(*, number: str, name: str, data: bytes, material_code: str, now: datetime) -> Attachment:
    """上传附件 by the applicant of a self-service case, verified by the caller (ENR-34); again: the first one.

    Raises: CaseUnknown, WrongState, FileTooLarge, FileUnreadable, TooManyFiles.
    """
    shown = _shown_name(name, data)
    case = Case.objects.select_for_update(of=("self",)).filter(number=number, channel=Channel.WEB).first()
    if case is None:
        raise steps.CaseUnknown(number=number)
    if earlier := case.attachments.filter(content=hashlib.sha256(data).digest()).first():
        return earlier
    return _kept(case, shown, data, material_code, None, now)


def _shown_name(name: str, data: bytes) -> str:
    """The name without its folders. Raises: FileTooLarge."""
    shown = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-100:] or "附件"
    if len(data) > LARGEST_BYTES:
        raise FileTooLarge(name=shown, limit=LARGEST_BYTES >> 20)
    return shown


def _kept(
    case: Case, shown: str, data: bytes, material_code: str, operator: Operator | None, now: datetime
) -> Attachment:
    """The file with the locked case. Raises: WrongState, FileUnreadable, TooManyFiles, SameFileAgain."""
    steps.check_state(case, *OPEN, act=Act.ATTACHED.label)
    if case.attachments.count() >= MOST_PER_CASE:
        raise TooManyFiles(limit=MOST_PER_CASE)
    digest = hashlib.sha256(data).digest()
    if earlier := case.attachments.filter(content=digest).first():
        raise SameFileAgain(name=earlier.name)
    content = _content(digest, data, shown)
    kind = kinds.kind_of(case.kind)
    attached = Attachment.objects.create(
        case=case,
        material_code=material_code if kind.material(material_code, tuple(case.rows)) else "",
        name=shown,
        content=content,
        attached_by_id=operator.pk if operator else None,
        attached_at=now,
    )
    detail = {"digest": digest.hex(), "size": len(data)}
    steps.record(
        case, Act.ATTACHED, acting=steps.Acting(operator) if operator else None, now=now, opinion=shown, detail=detail
    )
    return attached


def _content(digest: bytes, data: bytes, name: str) -> Content:
    """The bytes under their digest; written only when nobody brought them before. Raises: FileUnreadable."""
    known = Content.objects.filter(pk=digest).defer("data", "thumbnail").first()
    if known is not None:
        return known
    media_type, thumbnail = _looked_at(data, name)
    fresh = Content(digest=digest, media_type=media_type, size=len(data), data=data, thumbnail=thumbnail)
    Content.objects.bulk_create([fresh], ignore_conflicts=True)
    return fresh


def _looked_at(data: bytes, name: str) -> tuple[str, bytes | None]:
    """Media type and thumbnail. Raises: FileUnreadable."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "application/pdf", None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(_FORMATS)) as picture:
                if picture.width * picture.height > LARGEST_PIXELS:
                    raise FileUnreadable(name=name)
                return _FORMATS[str(picture.format)], _thumbnail(picture)
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as fault:
        raise FileUnreadable(name=name) from fault
    except (OSError, ValueError, SyntaxError) as fault:  # what the library raises for a file cut short or altered
        raise FileUnreadable(name=name) from fault


def _thumbnail(picture: Image.Image) -> bytes:
    picture.draft("RGB", (THUMBNAIL[0] * 2, THUMBNAIL[1] * 2))
    upright = ImageOps.exif_transpose(picture)
    small = upright.convert("RGB")
    small.thumbnail(THUMBNAIL)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=80)
    return file.getvalue()
