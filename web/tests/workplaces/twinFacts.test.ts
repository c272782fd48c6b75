import { describe, expect, it } from 'vitest';
import { Language } from '../../src/i18n/Language';
import type { City, LocalizedText, Models, PropertyModel, Twin, TwinModel } from '../../src/twins/cityTypes';
import { conditionKey } from '../../src/workplaces/conditions';
import { freshnessOfValue, titleOf, valueText } from '../../src/workplaces/twinFacts';

const en = new Language('en');
const ru = new Language('ru');
const name = (text: string): LocalizedText => ({ en: text, ru: `${text}-ru`, kk: `${text}-kk` });
const twin = (change: Partial<Twin>): Twin => ({
  id: 'x-1', handle: 1, model: 'm', kind: 'building', attributes: {}, values: {}, childCount: 0,
  state: { condition: 0, freshness: 'live', quality: 'good', revision: 1 }, ...change,
});
const model = { id: 'm', kind: 'building', displayName: name('Building'), expectedIntervalSeconds: 60 } as TwinModel;
const city = { name: 'Almaty', districts: [{ id: 'd-1', name: name('Almaly') }] } as unknown as City;

describe('titleOf', () => {
  it.each<[string, Partial<Twin>]>([
    ['Abay-ru', { attributes: { 'name.en': 'Abay', 'name.ru': 'Abay-ru', address: 'Abay 1' } }],
    ['Abay 1', { attributes: { address: 'Abay 1', street: 'Abay' } }],
    ['Building-ru', {}],
    ['Almaly-ru', { kind: 'district', id: 'd-1' }],
    ['Almaty', { kind: 'city' }],
  ])('%s', (title, change) => expect(titleOf(twin(change), model, city, ru)).toBe(title));

  it('says at least what kind it is', () => expect(titleOf(twin({}), undefined, undefined, en)).toBe('Building'));
});

describe('valueText', () => {
  const property = (change: Partial<PropertyModel>): PropertyModel =>
    ({ name: 'p', displayName: name('P'), role: 'telemetry', schema: 'double', ...change });

  it('writes numbers with units, members of enums by name, and years as years', () => {
    expect(valueText(property({ unit: 'volt' }), 221.43, en)).toBe('221\u00a0V');
    expect(valueText(property({ enumValues: [{ name: 'office', displayName: name('Office') }] }), 'office', ru))
      .toBe('Office-ru');
    expect(valueText(property({ name: 'yearBuilt' }), 1984, ru)).toBe('1984');
    expect(valueText(property({}), true, en)).toBe('Yes');
    expect(valueText(property({}), 'Abay', en)).toBe('Abay');
  });
});

describe('freshnessOfValue', () => {
  const models: Models = { freshness: { staleAfterIntervals: 2, lostAfterIntervals: 5 }, models: [] };

  it('goes by the interval of the model, or by the twin’s own', () => {
    const ages = [119_000, 121_000, 301_000];
    expect(ages.map((age) => freshnessOfValue(age, twin({}), model, models))).toEqual(['live', 'stale', 'lost']);
    const slow = twin({ attributes: { reportingIntervalSeconds: 900 } });
    expect(freshnessOfValue(301_000, slow, model, models)).toBe('live');
    expect(freshnessOfValue(1e9, twin({}), { ...model, expectedIntervalSeconds: null }, models)).toBeUndefined();
  });
});

describe('conditionKey', () => {
  it('takes numbers and names', () => {
    expect(conditionKey('streetlight', 4)).toBe('light.failed');
    expect(conditionKey('utilityMeter', 'noSupply')).toBe('meter.noSupply');
    expect(conditionKey('building', 0)).toBeUndefined();
    expect(conditionKey('building', 2)).toBe('building.alarm');
    expect(conditionKey('streetlight', 6)).toBe('light.burnsByDay');
    expect(conditionKey('generic', 2)).toBe('generic.alarm');
    expect(conditionKey('streetlight', 200)).toBeUndefined();
  });
});
