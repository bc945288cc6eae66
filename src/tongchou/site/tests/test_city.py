"""The tables are brought to this version, or it is said why not (数据库结构)."""

import pytest
from django.db.migrations.recorder import MigrationRecorder

from tongchou.site import city
from tongchou.site.problems import SetupProblem

pytestmark = pytest.mark.django_db


def test_tables_of_this_version_need_nothing() -> None:
    assert city.migrate_if_needed() == 0
    assert not city.is_made_by_a_preview()


def test_tables_of_an_earlier_preview_are_left_alone_and_the_way_on_is_told() -> None:
    MigrationRecorder.Migration.objects.create(app="enrolment", name="0005_enrolment_chain_of_a_preview")
    MigrationRecorder.Migration.objects.filter(app="rights", name="0001_initial").delete()

    with pytest.raises(SetupProblem) as told:
        city.migrate_if_needed()

    assert told.value.code == "HS-0406"
    assert "tongchou demo --replace" in told.value.text()
    assert not MigrationRecorder.Migration.objects.filter(app="rights", name="0001_initial").exists()
