import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Activity, Building2, FileText, Link2, type LucideIcon, Smartphone, UserRound } from "lucide-react";
import { useState } from "react";
import { useCan, useWorkspace } from "@/app/session";
import { useTranslation } from "@/i18n/use-translation";
import { dayInZone } from "@/lib/zone";
import { Button } from "@/ui/button";
import { MultiCombobox } from "@/ui/combobox";
import { CodeBlock } from "@/ui/copy";
import { Time, useFormat } from "@/ui/format";
import { Timeline } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";
import { EmptyState, ErrorState } from "@/ui/states";
import { Properties } from "./properties";
import { eventNamesQuery, timelineQuery } from "./queries";
import type { TimelineEvent } from "./types";
import { useEventName } from "./use-event-name";
import { useNearEnd } from "./use-near-end";

const kindIcons: Record<string, LucideIcon> = {
  track: Activity,
  identify: UserRound,
  page: FileText,
  screen: Smartphone,
  group: Building2,
  alias: Link2,
};

/** What the user did, newest first, by day. */
export function UserActivity({ user }: { user: string }) {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const format = useFormat();
  const eventName = useEventName();
  const [events, setEvents] = useState<string[]>([]);
  const timeline = useInfiniteQuery(timelineQuery(slug, user, events));
  const items = timeline.data?.pages.flatMap((page) => page.data) ?? [];
  const end = useNearEnd(
    timeline.hasNextPage && !timeline.isFetchingNextPage && !timeline.isFetchNextPageError,
    () => void timeline.fetchNextPage(),
  );
  return (
    <div>
      <EventFilter loaded={items} chosen={events} onChange={setEvents} />
      {timeline.isPending && <SkeletonLines lines={8} />}
      {timeline.isError && items.length === 0 && (
        <ErrorState problem={timeline.error} onRetry={() => void timeline.refetch()} />
      )}
      {timeline.isSuccess && items.length === 0 && (
        <EmptyState
          icon={<Activity aria-hidden />}
          title={t("users.activity.empty")}
          text={events.length > 0 ? t("users.activity.emptyFiltered") : t("users.activity.emptyText")}
          action={events.length > 0 && <Button onClick={() => setEvents([])}>{t("users.clearFilters")}</Button>}
        />
      )}
      <div className={timeline.isPlaceholderData ? "opacity-60" : undefined}>
        {byDay(items, format.timeZone).map(([day, dayItems]) => (
          <section key={day} className="mb-5">
            <h3 className="mb-3 text-sm font-semibold text-ink-2">{format.date(dayItems[0]?.timestamp ?? day)}</h3>
            <Timeline
              label={t("users.tab.activity")}
              items={dayItems.map((item) => {
                const Icon = kindIcons[item.kind] ?? Activity;
                return {
                  id: item.id,
                  icon: <Icon aria-hidden />,
                  title: item.name ? eventName(item.name) : t("users.activity.kind", { kind: item.kind }),
                  time: <EventTime value={item.timestamp} />,
                  detail: <EventDetail event={item} />,
                };
              })}
            />
          </section>
        ))}
      </div>
      <div ref={end} className="flex justify-center">
        {timeline.hasNextPage && (
          <Button
            size="sm"
            variant="ghost"
            pending={timeline.isFetchingNextPage}
            onClick={() => void timeline.fetchNextPage()}
          >
            {t("table.loadMore")}
          </Button>
        )}
      </div>
    </div>
  );
}

function EventTime({ value }: { value: string }) {
  const format = useFormat();
  return (
    <span className="nums">
      {format.clock(value, "seconds")} · <Time value={value} />
    </span>
  );
}

/** The day each event fell in, in the workspace's zone; both in the order they came. */
export function byDay(items: readonly TimelineEvent[], timeZone: string): [string, TimelineEvent[]][] {
  const days = new Map<string, TimelineEvent[]>();
  for (const item of items) {
    const day = dayInZone(timeZone, new Date(item.timestamp));
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days];
}

function EventDetail({ event }: { event: TimelineEvent }) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  return (
    <div className="flex flex-col gap-1">
      <Properties properties={event.properties ?? {}} />
      <button
        type="button"
        aria-expanded={raw}
        onClick={() => setRaw(!raw)}
        className="self-start rounded text-xs text-ink-3 hover:text-ink hover:underline"
      >
        {raw ? t("users.activity.hideRaw") : t("users.activity.showRaw")}
      </button>
      {raw && <CodeBlock code={JSON.stringify(event, null, 2)} label="JSON" />}
    </div>
  );
}

interface EventFilterProps {
  loaded: readonly TimelineEvent[];
  chosen: string[];
  onChange: (events: string[]) => void;
}

function EventFilter({ loaded, chosen, onChange }: EventFilterProps) {
  const { t } = useTranslation();
  const { slug } = useWorkspace();
  const can = useCan();
  const eventName = useEventName();
  const names = useQuery({ ...eventNamesQuery(slug), enabled: can("events.read") });
  // Without the workspace's list of names, those seen in this timeline can be chosen.
  const known = new Set([
    ...(names.data ?? []).map((item) => item.name),
    ...loaded.map((item) => item.name),
    ...chosen,
  ]);
  known.delete("");
  return (
    <div className="mb-4 max-w-md">
      <MultiCombobox
        label={t("users.activity.filter")}
        placeholder={t("users.activity.filter")}
        value={chosen}
        onChange={onChange}
        options={[...known].toSorted().map((name) => ({ value: name, label: eventName(name) }))}
      />
    </div>
  );
}
