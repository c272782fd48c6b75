import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Language } from '../../src/i18n/Language';
import { allTexts, locales } from '../../src/i18n/texts';
import type { LocalizedText, Models, Twin } from '../../src/twins/cityTypes';
import type { Desk } from '../../src/workplaces/desk';
import { reasonText } from '../../src/workplaces/twinFacts';
import { TwinView } from '../../src/workplaces/TwinView';
import { FakeDocument, seen } from './fakeDom';

const Now = Date.UTC(2026, 10, 21, 9);
const name = (text: string): LocalizedText => ({ en: text, ru: `${text}-ru`, kk: `${text}-kk` });
const models: Models = {
  freshness: { staleAfterIntervals: 2, lostAfterIntervals: 5 },
  models: [{
    id: 'dtmi:city:WaterIntake;1', index: 9, kind: 'generic', displayName: name('Water intake'), summary: [],
    expectedIntervalSeconds: 60,
    properties: [
      { name: 'levelMetres', displayName: name('Level'), role: 'telemetry', schema: 'double', unit: 'metre' },
      { name: 'builtBy', displayName: name('Built by'), role: 'property', schema: 'string' },
    ],
  }],
};
const twin = (change: Partial<Twin> = {}): Twin => ({
  id: 'wi-1', handle: 7, model: 'dtmi:city:WaterIntake;1', kind: 'generic', attributes: { builtBy: 'ABC' },
  childCount: 0,
  state: { condition: 2, freshness: 'live', quality: 'good', revision: 1 },
  values: {
    levelMetres: { value: 2.5, quality: 'good', measuredAt: '2026-11-21T08:56:00Z' },
    turbidity: { value: 0.4, quality: 'suspect', measuredAt: '2026-11-21T08:59:50Z', reason: 'stuck' },
  }, ...change,
});
const deskIn = (locale: 'en' | 'ru' | 'kk', known: Models | undefined = models): Desk => ({
  language: new Language(locale), models: known, city: undefined, now: () => Now,
  feed: { phase: 'live', lastFrameAt: Now, clockOffsetMs: 0 },
}) as unknown as Desk;

beforeEach(() => vi.stubGlobal('document', new FakeDocument()));
afterEach(() => vi.unstubAllGlobals());

describe('a twin of a kind without code', () => {
  it('is shown with its model, all values with units, and how fresh they are', () => {
    const text = seen(new TwinView(deskIn('ru'), twin()).element).textContent;
    for (const part of ['Water intake-ru', 'Level-ru', '2,5\u00a0м', 'Устарели', '4 мин назад', 'turbidity', '0,4',
      'Built by-ru', 'ABC', 'Тревога', 'сомнительно: застыло']) {
      expect(text, part).toContain(part);
    }
  });

  it('is shown as it reports even before its model is known', () => {
    const view = new TwinView(deskIn('en', { models: [] }), twin());
    expect(seen(view.element).textContent).toContain('levelMetres');
    view.update(twin({ values: {
      ...twin().values, flow: { value: 3, quality: 'good', measuredAt: '2026-11-21T09:00:00Z', reason: 'corrected' },
    } }));
    expect(seen(view.element).textContent).toMatch(/flow.*3.*corrected/);
  });

  it('says which value was last refused, and why', () => {
    const view = new TwinView(deskIn('en'), twin());
    expect(seen(view.element).find('.refused')).toEqual([]);
    view.update(twin({ state: {
      condition: 1, freshness: 'live', quality: 'good', revision: 2,
      screened: { property: 'levelMetres', value: 900, reason: 'aboveHardCap' },
    } }));
    expect(seen(view.element).find('.refused')[0]!.textContent)
      .toBe('Last refused value: Level 900\u00a0m, above the physical limit');
  });
});

describe('reasonText', () => {
  it('knows every reason in every language, and shows one that it does not know', () => {
    const reasons = [
      'wentBack', 'jump', 'unitMixUp', 'future', 'clockDrift', 'stuck', 'spike', 'rollover', 'replaced',
      'neighbourOutlier', 'negative', 'aboveHardCap', 'constant', 'robustOutlier', 'corrected', 'derived',
      'incomplete',
    ];
    for (const locale of locales) {
      for (const reason of reasons) {
        expect(Object.keys(allTexts[locale])).toContain(`reason.${reason}`);
      }
      expect(reasonText('moonPhase', new Language(locale))).toBe('moonPhase');
    }
  });
});
