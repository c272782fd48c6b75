import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Language } from '../../../src/i18n/Language';
import { ApiError } from '../../../src/twins/cityApi';
import type { LocalizedText, Models, Twin } from '../../../src/twins/cityTypes';
import type { HistoryQuery } from '../../../src/twins/history';
import { TwinHistory } from '../../../src/workplaces/charts/TwinHistory';
import type { Desk } from '../../../src/workplaces/desk';
import { FakeDocument, FakeElement, seen } from '../fakeDom';

const Now = Date.UTC(2026, 10, 21, 9);
const Hour = 3_600_000;
const name = (text: string): LocalizedText => ({ en: text, ru: `${text}-ru`, kk: `${text}-kk` });
const property = (title: string, unit: string | undefined, role = 'telemetry') =>
  ({ name: title, displayName: name(title), role, schema: 'double', ...(unit ? { unit } : {}) });
const models: Models = { models: [
  { id: 'water', index: 0, kind: 'utilityMeter', displayName: name('Water meter'), summary: ['flow'],
    expectedIntervalSeconds: 900,
    properties: [property('volume', 'litre'), property('flow', 'litrePerHour'), property('lastHour', 'litre', 'computed')] },
  { id: 'air', index: 1, kind: 'airQualitySensor', displayName: name('Air sensor'), summary: [],
    properties: [property('pm25MicrogramsPerCubicMetre', 'microgramPerCubicMetre')] },
  { id: 'district', index: 2, kind: 'district', displayName: name('District'), summary: [], properties: [] },
] };
const twin = (kind: Twin['kind'], model: string): Twin => ({
  id: 't-1', handle: 1, model, kind, attributes: {}, values: {}, childCount: 0,
  state: { condition: 0, freshness: 'live', quality: 'good', revision: 1 },
});

type Api = Partial<Record<'history' | 'areaHistory' | 'forecast', (id: string, query: HistoryQuery) => unknown>>;

const asked: HistoryQuery[] = [];
const deskWith = (api: Api, locale: 'en' | 'ru' | 'kk' = 'en'): Desk => ({
  language: new Language(locale), models, now: () => Now,
  api: {
    forecast: () => Promise.resolve({ property: null, hours: [] }),
    ...Object.fromEntries(Object.entries(api).map(([call, answer]) => [call, async (id: string, query: HistoryQuery) => {
      asked.push(query);
      return answer(id, query);
    }])),
  },
}) as unknown as Desk;
const value = (hoursAgo: number, number: number, more = {}) =>
  ({ at: new Date(Now - hoursAgo * Hour).toISOString(), value: number, quality: 'good', ...more });
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};
const show = async (desk: Desk, of: Twin): Promise<FakeElement> => {
  const element = seen(new TwinHistory(desk, of).element);
  await settled();
  return element;
};

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('document', new FakeDocument());
});
afterEach(() => vi.unstubAllGlobals());

describe('the history of a twin', () => {
  it('says that it is not available where the city keeps none, and offers nothing to try', async () => {
    const element = await show(deskWith({ history: () => { throw new ApiError(501, 'none'); } }), twin('airQualitySensor', 'air'));

    expect(element.textContent).toContain('History is not available');
    expect(element.textContent).not.toContain('No history');
    expect(element.find('select').every((select) => select.hidden)).toBe(true);
    expect(element.find('button').filter((button) => !button.hidden && button.textContent === 'Try again')).toEqual([]);
  });

  it('is the values of what its model shows first, marked where they are doubtful', async () => {
    const element = await show(deskWith({ history: () => ({ isLimitHit: false, points: [
      value(3, 10), value(2, 12, { quality: 'suspect', reason: 'stuck' }), value(1.5, 9_000, { quality: 'bad' }),
    ] }) }), twin('utilityMeter', 'water'));

    expect(asked[0]).toEqual({ property: 'flow', from: '2026-11-20T09:00:00.000Z', to: '2026-11-21T09:00:00.000Z', limit: '3000' });
    expect(element.find('.chart-suspect').length).toBe(1);
    expect(element.find('.chart-bad').length).toBe(1);
    expect(element.textContent).toMatch(/suspect: 1.*not valid: 1/);
    // 45 minutes between values are usual at most 30 apart: three values alone are no line.
    expect(element.find('.chart-line').length).toBe(0);
  });

  it('is of a register what it grew by, in bars', async () => {
    const element = await show(deskWith({ history: () => ({ isLimitHit: false, points: [value(3, 400)] }) }),
      { ...twin('utilityMeter', 'water'), model: 'water' });
    seen(element.find('select')[0]).value = 'volume';
    element.find('select')[0]!.say('change');
    await settled();

    expect(asked.at(-1)).toMatchObject({ property: 'volume', fn: 'delta', step: '1h' });
    expect(element.find('.chart-bar').length).toBe(1);
    element.button('1 y').say('click');
    await settled();
    expect(asked.at(-1)).toMatchObject({ fn: 'delta', step: '1w', from: '2025-11-21T09:00:00.000Z' });
    expect(element.textContent).toContain('per week');
  });

  it('offers nothing that is only computed, since nothing of it is kept', async () => {
    const element = await show(deskWith({ history: () => ({ isLimitHit: false, points: [] }) }), twin('utilityMeter', 'water'));
    expect(element.find('option').map((option) => option.textContent)).toEqual(['flow', 'volume']);
    expect(element.textContent).toContain('No values in this time.');
  });

  it('is read by arrow keys, with the city’s time, the quality and the reason', async () => {
    const element = await show(deskWith({ history: () => ({ isLimitHit: false, points: [
      value(2, 12, { quality: 'suspect', reason: 'stuck' }), value(1, 14),
    ] }) }, 'ru'), twin('utilityMeter', 'water'));
    const box = element.find('.chart-box')[0]!;

    box.say('keydown', { key: 'ArrowLeft' });
    expect(element.find('.chart-readout')[0]!.textContent).toBe('21.11.2026, 13:00:00 · 14\u00a0л/ч');
    box.say('keydown', { key: 'ArrowLeft' });
    expect(element.find('.chart-readout')[0]!.textContent)
      .toBe('21.11.2026, 12:00:00 · 12\u00a0л/ч, сомнительно, застыло');
    box.say('keydown', { key: 'End' });
    expect(element.find('.chart-readout')[0]!.textContent).toContain('13:00:00');
  });

  it('says why there is none, and asks again', async () => {
    let isDown = true;
    const element = await show(deskWith({ history: () => {
      if (isDown) throw new ApiError(503, 'the store is gone');
      return { isLimitHit: false, points: [value(2, 12), value(1, 12)] };
    } }), twin('utilityMeter', 'water'));
    expect(element.textContent).toContain('No history: the store is gone');
    isDown = false;
    element.button('Try again').say('click');
    await settled();
    expect(element.textContent).not.toContain('No history');
    expect(element.find('.chart-series').length).toBe(1);
  });

  it('shows what stands out where there are more values than a screen has room for', async () => {
    await show(deskWith({ history: (_, query) => ({ isLimitHit: !query['points'], points: [value(2, 12)] }) }),
      twin('utilityMeter', 'water'));
    expect(asked.map(({ limit, points }) => [limit, points])).toEqual([['3000', undefined], [undefined, '3000']]);
  });
});

describe('the history of a district', () => {
  it('is of what is in it, and official and indicative air are two lines', async () => {
    const steps = (number: number) =>
      [2, 1].map((ago) => ({ ...value(ago, number), twins: 3, suspect: 0, completeness: 0.5 }));
    const element = await show(deskWith({ areaHistory: (_, query) => ({ series: query['model'] === 'air' ? [
      { model: 'air', grade: 'official', members: 4, steps: steps(20) },
      { model: 'air', grade: 'indicative', members: 9, steps: steps(90) },
    ] : [{ model: 'water', members: 4, steps: steps(700) }] }) }), twin('district', 'district'));

    expect(asked.at(-1)).toMatchObject({ property: 'volume', model: 'water', fn: 'delta', step: '1h' });
    expect(element.find('.chart-bar').length).toBe(2);
    const select = element.find('select')[0]!;
    select.value = 'air pm25MicrogramsPerCubicMetre';
    select.say('change');
    await settled();
    expect(asked.at(-1)).toMatchObject({ property: 'pm25MicrogramsPerCubicMetre', model: 'air', fn: 'avg', step: '1h' });
    expect(element.find('.chart-line').length).toBe(2);
    expect(element.find('.chart-key').map(({ textContent }) => textContent)).toEqual(['Official post', 'Indicative sensor']);
    element.find('.chart-box')[0]!.say('keydown', { key: 'ArrowLeft' });
    expect(element.find('.chart-readout')[0]!.textContent).toMatch(/Official post: 20.*3 of 4, 50.*Indicative sensor: 90.*3 of 9/);
  });

  it('of a building asks for its meters and never for air, which it has no sensors for', async () => {
    await show(deskWith({ areaHistory: () => ({ series: [] }) }), twin('building', 'house'));
    expect(asked.map(({ property: of }) => of)).toEqual(['volume']);
  });
});
