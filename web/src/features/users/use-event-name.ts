import { useQuery } from "@tanstack/react-query";
import { useCan, useWorkspace } from "@/app/session";
import { useFormat } from "@/ui/format";
import { humanName } from "./properties";
import { describedEventsQuery } from "./queries";

/** What an event is called: in the words of the definition, else its own name made readable. */
export function useEventName(): (name: string) => string {
  const { slug } = useWorkspace();
  const can = useCan();
  const format = useFormat();
  const described = useQuery({ ...describedEventsQuery(slug), enabled: can("definition.read") });
  return (name) => {
    const known = described.data?.find((event) => event.name === name);
    return known ? format.label(known.label) : humanName(name);
  };
}
