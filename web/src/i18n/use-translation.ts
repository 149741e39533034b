import type { i18n } from "i18next";
import { useTranslation as useI18next } from "react-i18next";
import type en from "./en.json";

type WithoutPlural<Name extends string> = Name extends `${infer Base}_${"one" | "few" | "many" | "other"}`
  ? Base
  : Name;

type Keys<Node, Prefix extends string = ""> = {
  [Name in keyof Node & string]: Node[Name] extends string
    ? `${Prefix}${WithoutPlural<Name>}`
    : Keys<Node[Name], `${Prefix}${Name}.`>;
}[keyof Node & string];

/** Every text there is, by its place in the catalogue: `login.title`. */
export type TextKey = Keys<typeof en>;

/** The text in the reader's language, with values put into its places; `count` chooses the plural form. */
export type Translate = (key: TextKey, values?: Record<string, unknown>) => string;

/**
 * Texts in the reader's language. The same as i18next's own hook, with a type that stays cheap for the compiler however large the
 * catalogue grows.
 */
export function useTranslation(): { t: Translate; i18n: i18n } {
  const { t, i18n } = useI18next();
  return { t: t as Translate, i18n };
}
