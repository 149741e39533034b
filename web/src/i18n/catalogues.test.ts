import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import ru from "./ru.json";
import uz from "./uz.json";

type Catalogue = Map<string, string>;

function flatten(node: object, prefix = ""): [string, string][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flatten(value, `${prefix}${key}.`),
  );
}

const catalogues: Record<string, Catalogue> = {
  en: new Map(flatten(en)),
  ru: new Map(flatten(ru)),
  uz: new Map(flatten(uz)),
};
const plural = /_(zero|one|two|few|many|other)$/;

/** Keys without the plural ending: what code asks for. */
function names(catalogue: Catalogue): string[] {
  return [...new Set([...catalogue.keys()].map((key) => key.replace(plural, "")))].sort();
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)|<(\/?\w+)>/g)].map((match) => match[1] ?? match[2] ?? "").sort();
}

describe.each(["ru", "uz"])("%s", (language) => {
  const catalogue = catalogues[language] as Catalogue;
  const english = catalogues.en as Catalogue;

  it("has the same texts as English", () => {
    expect(names(catalogue)).toEqual(names(english));
  });

  it("has every plural form of the language and no other", () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const counted = names(catalogue).filter((name) => catalogue.has(`${name}_other`));
    for (const name of counted) {
      const present = [...catalogue.keys()].filter((key) => key.replace(plural, "") === name && plural.test(key));
      expect(present.map((key) => key.replace(/^.*_/, "")).toSorted(), name).toEqual(forms);
    }
    expect(counted).toEqual(names(english).filter((name) => english.has(`${name}_other`)));
  });

  it("fills the same places", () => {
    for (const [key, text] of catalogue) {
      const original = english.get(key) ?? english.get(`${key.replace(plural, "")}_other`) ?? "";
      expect(placeholders(text), key).toEqual(placeholders(original));
    }
  });

  it("leaves nothing empty", () => {
    expect([...catalogue].filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

describe("code", () => {
  const root = join(import.meta.dirname, "..");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|\.gen\.ts$|\.d\.ts$/.test(file),
  );
  const sources = files.map((file) => readFileSync(join(root, file), "utf8"));
  const known = names(catalogues.en as Catalogue);

  it("asks only for texts that exist", () => {
    const asked = sources.flatMap((source) => [
      ...[...source.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((match) => match[1]),
      ...[...source.matchAll(/i18nKey="([\w.]+)"/g)].map((match) => match[1]),
    ]);
    expect([...new Set(asked)].filter((key) => key === undefined || !known.includes(key))).toEqual([]);
  });

  it("uses every text", () => {
    const all = sources.join("\n");
    // Keys put together from parts (`role.${role}`) count as used when their beginning appears.
    const starts = [...all.matchAll(/[`"]([a-zA-Z]+(?:\.[\w]+)*\.)\$\{/g)].map((match) => match[1] ?? "");
    // The verbs of buttons are one shared vocabulary.
    const unused = known.filter(
      (key) =>
        !key.startsWith("action.") && !all.includes(`"${key}"`) && !starts.some((start) => key.startsWith(start)),
    );
    expect(unused).toEqual([]);
  });
});
