// Texts of the console. Another language is another file of the same keys.
import { en } from "./en";

export type Key = keyof typeof en;
type Values = Record<string, string | number>;
type Message = string | { one: string; other: string };

const messages: Record<Key, Message> = en;
const language = "en";
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

/** The text of a key with its values filled in. */
export function t(key: Key, values: Values = {}): string {
  const message = messages[key];
  const n = values["n"];
  const text =
    typeof message === "string" ? message : plural.select(Number(n)) === "one" ? message.one : message.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

/** The text of a key made from data, or the data itself when there is none. */
export function tOr(prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return key in messages ? t(key as Key) : name.replaceAll("_", " ");
}

export const format = {
  number: (n: number) => numbers.format(n),
  /** A share; a dash when there is nothing to divide by. */
  share: (part: number, whole: number) => (whole > 0 ? percents.format(part / whole) : "–"),
  moment: (iso: string) => moments.format(new Date(iso)),
  time: (iso: string) => times.format(new Date(iso)),
  /** 0.8 s. */
  seconds: (seconds: number) => t("common.seconds", { seconds: seconds.toFixed(1) }),
  /** 1:05, 1:02:03. */
  clock(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (n: number) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  },
};
