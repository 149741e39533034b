"""What a Python back end does with posthog: only host and key are Kabinet's.

Environment: KABINET_URL, KABINET_KEY; GZIP=1 packs the bodies. Ends with status 1 when a call was not delivered.
"""

import datetime
import os
import sys

from posthog import Posthog

failures = []

posthog = Posthog(
    os.environ["KABINET_KEY"],
    host=os.environ["KABINET_URL"],
    gzip=os.environ.get("GZIP") == "1",
    on_error=lambda error, items: failures.append(f"{error} ({len(items)} items)"),
)

an_hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
posthog.set(distinct_id="seller-1", properties={"name": "Анна Соколова", "email": "anna@example.com", "city": "Казань"})
posthog.capture(
    "response_generated",
    distinct_id="seller-1",
    properties={"tokens": 120, "used_vision": True, "$set": {"email": "anna@example.com", "shop": "Ромашка"}},
    timestamp=an_hour_ago,
    uuid="0190c0de-0000-7000-8000-000000000001",
)
posthog.capture("$pageview", distinct_id="seller-1", properties={"$current_url": "https://example.com/pricing"})
posthog.capture("$screen", distinct_id="seller-1", properties={"$screen_name": "General"})
posthog.group_identify("company", "shop-1", {"name": "Ромашка"})
posthog.alias("visitor-1", "seller-1")
# Without an id it is a visitor nobody knows; the library makes up an id for this one event.
posthog.capture("opened", properties={"source": "mini app"})
try:
    1 / 0
except ZeroDivisionError as error:
    posthog.capture_exception(error, distinct_id="seller-1")
if posthog.evaluate_flags("seller-1", flag_keys=["beta"]).is_enabled("beta"):
    failures.append("a flag that does not exist is on")
posthog.shutdown()

if failures:
    sys.exit("not delivered: " + "; ".join(failures))
