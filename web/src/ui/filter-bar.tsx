import { ListFilter, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Field as FieldDefinition } from "@/api/types";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { useFormat } from "./format";
import { SearchInput } from "./input";
import { Popover } from "./popover";
import { useConditionText } from "./rule";
import { ConditionEditor } from "./rule/condition-editor";
import { type Condition, isComplete, newCondition, plainConditions, type RuleTree, withCondition } from "./rule/tree";

export interface FilterBarProps {
  search?: { value: string; onChange: (value: string) => void; label: string };
  /** Filters with a fixed set of choices, such as selects: for lists without typed fields. */
  children?: ReactNode;
  /** Typed fields to filter by; with them come chips and "Add filter". */
  rule?: {
    fields: readonly FieldDefinition[];
    tree: RuleTree | null;
    onChange: (tree: RuleTree | null) => void;
    /** Opens the rule builder; shown as a chip when the rule is more than a list of conditions. */
    onAdvanced: () => void;
    /** The rule in words or as text, when chips cannot show it. */
    advancedText?: string;
  };
  /** Present when any filter is set. */
  onClear?: () => void;
  /** At the right end: columns, export, saved views. */
  actions?: ReactNode;
}

/** The one bar above lists: search, filters as chips, what can be done with the list. */
export function FilterBar({ search, children, rule, onClear, actions }: FilterBarProps) {
  const { t } = useTranslation();
  const conditions = rule ? plainConditions(rule.tree) : [];
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      {search && (
        <SearchInput
          value={search.value}
          onChange={search.onChange}
          label={search.label}
          className="w-80 max-md:w-full"
        />
      )}
      {children}
      {rule &&
        conditions?.map((condition, index) => (
          <ConditionChip
            // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
            key={index}
            fields={rule.fields}
            condition={condition}
            onChange={(next) =>
              rule.onChange({ all: conditions.map((other, place) => (place === index ? next : other)) })
            }
            onRemove={() => {
              const rest = conditions.filter((_, place) => place !== index);
              rule.onChange(rest.length === 0 ? null : { all: rest });
            }}
          />
        ))}
      {rule && conditions === null && (
        <Button className="max-w-96 border-accent/50 bg-accent-soft text-accent-text" onClick={rule.onAdvanced}>
          <ListFilter aria-hidden />
          <span className="truncate">{rule.advancedText || t("filter.advanced")}</span>
        </Button>
      )}
      {rule && (
        <AddFilter
          fields={rule.fields}
          onAdvanced={rule.onAdvanced}
          onAdd={(condition) => {
            rule.onChange(withCondition(rule.tree, condition));
          }}
        />
      )}
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t("filter.clear")}
        </Button>
      )}
      {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}

interface ConditionChipProps {
  fields: readonly FieldDefinition[];
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function ConditionChip({ fields, condition, onChange, onRemove }: ConditionChipProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Condition | null>(null);
  const text = useConditionText();
  const field = fields.find((item) => item.key === condition.field);
  const words = text(condition, field);
  return (
    <span className="inline-flex h-8 max-w-full items-center rounded-md border border-accent/45 bg-accent-soft text-accent-text">
      <Popover
        open={draft !== null}
        onOpenChange={(open) => setDraft(open ? condition : null)}
        className="w-96"
        title={words}
        trigger={
          <button type="button" className="h-full max-w-80 truncate rounded-l-md pl-2.5 text-sm font-medium">
            {words}
          </button>
        }
      >
        {draft && field && (
          <DraftForm
            field={field}
            draft={draft}
            onDraft={setDraft}
            onApply={() => {
              onChange(draft);
              setDraft(null);
            }}
          />
        )}
      </Popover>
      <button
        type="button"
        aria-label={t("filter.remove", { filter: words })}
        onClick={onRemove}
        className="grid h-full w-7 place-items-center rounded-r-md hover:bg-accent/15"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </span>
  );
}

interface DraftFormProps {
  field: FieldDefinition;
  draft: Condition;
  onDraft: (draft: Condition) => void;
  onApply: () => void;
}

function DraftForm({ field, draft, onDraft, onApply }: DraftFormProps) {
  const { t } = useTranslation();
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete(draft)) onApply();
      }}
    >
      <div className="flex flex-wrap items-start gap-2">
        <ConditionEditor key={draft.operator} field={field} condition={draft} onChange={onDraft} />
      </div>
      <Button type="submit" variant="primary" disabled={!isComplete(draft)} className="self-end">
        {t("filter.apply")}
      </Button>
    </form>
  );
}

interface AddFilterProps {
  fields: readonly FieldDefinition[];
  onAdd: (condition: Condition) => void;
  onAdvanced: () => void;
}

function AddFilter({ fields, onAdd, onAdvanced }: AddFilterProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [draft, setDraft] = useState<Condition | null>(null);
  const field = fields.find((item) => item.key === draft?.field);
  const wanted = query.trim().toLocaleLowerCase();
  const matching = fields.filter(
    (item) => item.filterable && (wanted === "" || format.label(item.label).toLocaleLowerCase().includes(wanted)),
  );

  function close(): void {
    setOpen(false);
    setDraft(null);
    setQuery("");
  }

  return (
    <Popover
      open={open}
      onOpenChange={(next) => (next ? setOpen(true) : close())}
      className={field ? "w-96" : "w-72"}
      title={field ? format.label(field.label) : t("filter.add")}
      trigger={
        <Button variant="ghost">
          <ListFilter aria-hidden />
          {t("filter.add")}
        </Button>
      }
    >
      {field && draft ? (
        <DraftForm
          field={field}
          draft={draft}
          onDraft={setDraft}
          onApply={() => {
            onAdd(draft);
            close();
          }}
        />
      ) : (
        <>
          <SearchInput value={query} onChange={setQuery} label={t("filter.findField")} className="w-full" />
          <ul className="mt-2 max-h-72 overflow-y-auto">
            {matching.map((item) => (
              <li key={item.key}>
                <button
                  type="button"
                  className={cn("w-full truncate rounded px-2 py-1.5 text-left hover:bg-hover focus-visible:bg-hover")}
                  onClick={() => setDraft(newCondition(item))}
                >
                  {format.label(item.label)}
                </button>
              </li>
            ))}
            {matching.length === 0 && <li className="px-2 py-2 text-sm text-ink-3">{t("form.noMatches")}</li>}
          </ul>
          <Button
            variant="ghost"
            size="sm"
            className="mt-2"
            onClick={() => {
              close();
              onAdvanced();
            }}
          >
            {t("filter.openBuilder")}
          </Button>
        </>
      )}
    </Popover>
  );
}
