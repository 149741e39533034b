import type { Option } from "./select";

/** Every time zone the browser knows, and the present one when the browser does not know it. */
export function timeZoneOptions(present: string | null): Option[] {
  const known = Intl.supportedValuesOf("timeZone");
  const zones = present && !known.includes(present) ? [present, ...known] : known;
  return (zones.includes("UTC") ? zones : ["UTC", ...zones]).map((zone) => ({
    value: zone,
    label: zone.replace(/_/g, " "),
  }));
}
