"""Editions of a format (格式版本): which one counts on a day (SYS-07)."""

from datetime import date

from tongchou.exchange.models import FileFormat


def in_force(chosen: FileFormat | None, on: date | None) -> FileFormat | None:
    """The newest approved edition of the format's code that is in force on the day, else the one that was agreed on.

    Without a day: the newest approved one. An agreement names a format; its later editions follow by their dates.
    """
    if chosen is None:
        return None
    found = FileFormat.objects.filter(code=chosen.code, approved_at__isnull=False, edition__gte=chosen.edition)
    if on is not None:
        found = found.filter(valid_from__lte=on)
    return found.order_by("-edition").first() or chosen
