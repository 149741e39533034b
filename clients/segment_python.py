"""What a Python back end does with segment-analytics-python: only host and key are Kabinet's.

Environment: KABINET_URL, KABINET_KEY; GZIP=1 packs the bodies. Ends with status 1 when a call was not delivered.
"""

import datetime
import os
import sys

import segment.analytics as analytics

failures = []

analytics.host = os.environ["KABINET_URL"]
analytics.write_key = os.environ["KABINET_KEY"]
analytics.gzip = os.environ.get("GZIP") == "1"
analytics.on_error = lambda error, items: failures.append(f"{error} ({len(items)} items)")

an_hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
analytics.identify("seller-1", {"name": "Анна Соколова", "email": "anna@example.com", "city": "Казань"})
analytics.track("seller-1", "response_generated", {"tokens": 120, "used_vision": True}, timestamp=an_hour_ago, message_id="answer-1")
analytics.page("seller-1", "Docs", "Pricing", {"url": "https://example.com/pricing"})
analytics.screen("seller-1", "Settings", "General")
analytics.group("seller-1", "shop-1", {"name": "Ромашка"})
analytics.alias("visitor-1", "seller-1")
analytics.track(anonymous_id="visitor-2", event="opened", properties={"source": "mini app"})
analytics.shutdown()

if failures:
    sys.exit("not delivered: " + "; ".join(failures))
