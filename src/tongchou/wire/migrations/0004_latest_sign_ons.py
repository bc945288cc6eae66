"""Sign-ins of an institution are listed the newest first: from the index, never by sorting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wire", "0003_sign_on")]
    operations = [
        migrations.RemoveIndex(model_name="signon", name="sign_on_operator"),
        migrations.AddIndex(
            model_name="signon",
            index=models.Index(fields=["institution_code", "-signed_on_at", "-sign_no"], name="sign_on_latest"),
        ),
        migrations.AddIndex(
            model_name="signon",
            index=models.Index(
                fields=["institution_code", "operator_no", "-signed_on_at", "-sign_no"], name="sign_on_operator"
            ),
        ),
    ]
