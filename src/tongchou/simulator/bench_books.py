"""Do the books of this home hold after a benchmark? Prints one JSON object (核对账目)."""

import json
from datetime import date, timedelta


def main() -> None:
    """How many settlements there are, and what is not as it must be."""
    from tongchou.site.city import use_django

    use_django()
    from django.apps import apps
    from django.utils import timezone

    from tongchou.settlement import invariants
    from tongchou.simulator.plan import AREA

    today: date = timezone.localdate()
    settlements = apps.get_model("settlement.Settlement").objects.filter(pooling_area=AREA)
    broken = invariants.broken(pooling_area=AREA, since=today - timedelta(days=1), until=today + timedelta(days=1))
    print(json.dumps({"settlements": settlements.count(), "broken": broken}, ensure_ascii=False))


if __name__ == "__main__":
    main()
