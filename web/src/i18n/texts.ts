import { commandsEn, commandsKk, commandsRu } from './commands';
import { en } from './en';
import { historyEn, historyKk, historyRu } from './history';
import { kk } from './kk';
import { ru } from './ru';

export type TextKey = keyof typeof en | keyof typeof historyEn | keyof typeof commandsEn;
/** What a language's own file says; the charts and the orders have theirs. */
export type Texts = Readonly<Record<keyof typeof en, string>>;
export type Locale = 'kk' | 'ru' | 'en';

export const locales: readonly Locale[] = ['kk', 'ru', 'en'];
export const localeNames: Readonly<Record<Locale, string>> = { kk: 'Қазақша', ru: 'Русский', en: 'English' };
export const allTexts: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = {
  en: { ...en, ...historyEn, ...commandsEn }, ru: { ...ru, ...historyRu, ...commandsRu },
  kk: { ...kk, ...historyKk, ...commandsKk },
};

export const isLocale = (value: unknown): value is Locale => locales.includes(value as Locale);

/** The first of the reader's languages that the page speaks; Kazakh where it speaks none of them. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const base = language.split('-')[0];
    if (isLocale(base)) return base;
  }
  return 'kk';
}
