import { ArrowDown, ArrowUp, Columns3, GripVertical } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "@/i18n/use-translation";
import { cn } from "@/lib/cn";
import { Button, IconButton } from "../button";
import { Checkbox } from "../checkbox";
import { Popover } from "../popover";
import type { DataColumn } from "./types";

export interface ColumnChooserProps<Row> {
  columns: readonly DataColumn<Row>[];
  /** Ids of the visible columns in their order. */
  visible: readonly string[];
  onChange: (visible: string[]) => void;
  /** Back to what the product's definition shows. */
  onReset?: () => void;
}

/** Which columns the table shows, and in which order: by dragging, or by the arrows. */
export function ColumnChooser<Row>({ columns, visible, onChange, onReset }: ColumnChooserProps<Row>) {
  const { t } = useTranslation();
  const [dragged, setDragged] = useState<string | null>(null);
  const byId = new Map(columns.map((column) => [column.id, column]));
  const shown = visible.flatMap((id) => byId.get(id) ?? []);
  const hidden = columns.filter((column) => !visible.includes(column.id));

  function move(id: string, to: number): void {
    const next = visible.filter((other) => other !== id);
    next.splice(Math.max(0, Math.min(next.length, to)), 0, id);
    onChange(next);
  }

  return (
    <Popover
      align="end"
      title={t("table.columns")}
      className="w-80"
      trigger={
        <Button>
          <Columns3 aria-hidden />
          {t("table.columns")}
        </Button>
      }
    >
      <ul>
        {shown.map((column, index) => (
          <li
            key={column.id}
            draggable
            onDragStart={() => setDragged(column.id)}
            onDragEnd={() => setDragged(null)}
            onDragOver={(event) => {
              event.preventDefault();
              if (dragged && dragged !== column.id) move(dragged, index);
            }}
            className={cn(
              "flex h-8 items-center gap-2 rounded px-1 hover:bg-hover",
              dragged === column.id && "opacity-50",
            )}
          >
            <GripVertical aria-hidden className="size-4 shrink-0 cursor-grab text-faint" />
            <Checkbox
              className="min-w-0 flex-1 items-center [&_label]:truncate"
              label={column.header}
              checked
              disabled={column.hideable === false || shown.length === 1}
              onChange={() => onChange(visible.filter((id) => id !== column.id))}
            />
            <IconButton
              size="sm"
              label={t("table.moveUp", { column: column.header })}
              disabled={index === 0}
              onClick={() => move(column.id, index - 1)}
            >
              <ArrowUp aria-hidden />
            </IconButton>
            <IconButton
              size="sm"
              label={t("table.moveDown", { column: column.header })}
              disabled={index === shown.length - 1}
              onClick={() => move(column.id, index + 1)}
            >
              <ArrowDown aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      {hidden.length > 0 && (
        <>
          <p className="mt-3 mb-1 px-1 text-xs font-medium text-ink-3">{t("table.hiddenColumns")}</p>
          <ul>
            {hidden.map((column) => (
              <li key={column.id} className="flex h-8 items-center gap-2 rounded px-1 pl-7 hover:bg-hover">
                <Checkbox
                  className="min-w-0 flex-1 items-center [&_label]:truncate"
                  label={column.header}
                  checked={false}
                  onChange={() => onChange([...visible, column.id])}
                />
              </li>
            ))}
          </ul>
        </>
      )}
      {onReset && (
        <Button variant="ghost" size="sm" className="mt-2" onClick={onReset}>
          {t("table.resetColumns")}
        </Button>
      )}
    </Popover>
  );
}
