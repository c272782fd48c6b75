import { describe, expect, it } from 'vitest';
import { allTexts, locales, preferredLocale } from '../../src/i18n/texts';

const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe('texts', () => {
  it('has the same keys in every language, and none is empty', () => {
    const keys = Object.keys(allTexts.en).sort();
    expect(keys.length).toBeGreaterThan(100);
    for (const locale of locales) {
      expect(Object.keys(allTexts[locale]).sort()).toEqual(keys);
      expect(Object.values(allTexts[locale]).filter((text) => text.trim() === '')).toEqual([]);
    }
  });

  it('names the same placeholders in every language', () => {
    for (const locale of locales) {
      for (const [key, text] of Object.entries(allTexts.en)) {
        const translated = (allTexts[locale] as Record<string, string>)[key]!;
        expect(placeholders(translated), `${locale} ${key}`).toEqual(placeholders(text));
      }
    }
  });

  it('starts in the reader’s language, or in Kazakh', () => {
    expect(preferredLocale(['de-DE', 'ru-KZ', 'en'])).toBe('ru');
    expect(preferredLocale(['de'])).toBe('kk');
    expect(preferredLocale([])).toBe('kk');
  });
});
