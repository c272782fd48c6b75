import { describe, expect, it } from 'vitest';
import { Language } from '../../src/i18n/Language';
import { unitOf } from '../../src/i18n/units';

const en = new Language('en');
const ru = new Language('ru');
const kk = new Language('kk');
/** Intl parts thousands with one kind of space or another, by its version. */
const plain = (text: string): string => text.replace(/\s/g, ' ');

describe('age', () => {
  it.each([
    [-400, 'now'], [0, 'now'], [999, 'now'], [1000, '1 s ago'], [12_900, '12 s ago'], [89_999, '89 s ago'],
    [90_000, '1 min ago'], [89 * 60_000 + 59_999, '89 min ago'], [90 * 60_000, '1 h ago'],
    [47 * 3_600_000, '47 h ago'], [48 * 3_600_000, '2 d ago'], [400 * 86_400_000, '400 d ago'],
  ])('%i ms: %s', (milliseconds, text) => expect(en.age(milliseconds)).toBe(text));

  it('speaks each language', () => {
    expect([ru.age(12_000), kk.age(12_000)]).toEqual(['12 с назад', '12 с бұрын']);
  });
});

describe('quantity', () => {
  it.each([
    [412.5, 'watt', '413 W', '413 Вт', '413 Вт'],
    [1_234_000, 'watt', '1.23 MW', '1,23 МВт', '1,23 МВт'],
    [-2_500, 'watt', '-2.5 kW', '-2,5 кВт', '-2,5 кВт'],
    [0, 'watt', '0 W', '0 Вт', '0 Вт'],
    [999.4, 'litrePerHour', '999 L/h', '999 л/ч', '999 л/сағ'],
    [12_345, 'L/h', '12.3 m³/h', '12,3 м³/ч', '12,3 м³/сағ'],
    [35.26, 'microgramPerCubicMetre', '35.3 µg/m³', '35,3 мкг/м³', '35,3 мкг/м³'],
    [3.5e6, 'wattHour', '3.5 MWh', '3,5 МВт·ч', '3,5 МВт·сағ'],
    [7, 'furlong', '7 furlong', '7 furlong', '7 furlong'],
  ])('%d %s', (value, unit, ...expected) => {
    expect([en, ru, kk].map((language) => plain(language.quantity(value, unit)))).toEqual(expected);
  });

  it('writes a dash for what is not known', () => expect(en.quantity(NaN, 'watt')).toBe('–'));

  it('takes the unit from the name where DTDL has none', () => {
    expect(unitOf({ name: 'activeEnergyImportWattHours' })).toBe('wattHour');
    expect(unitOf({ name: 'dimLevelPercent', unit: null })).toBe('percent');
    expect(unitOf({ name: 'voltageL1Volts', unit: 'volt' })).toBe('volt');
    expect(unitOf({ name: 'floors' })).toBeUndefined();
  });
});

describe('clock', () => {
  const noon = Date.UTC(2026, 10, 21, 12, 3, 7);

  it('shows Almaty at UTC+5, whatever the browser’s zone data says', () => {
    expect(en.clock(noon)).toBe('17:03:07');
    expect(kk.clock(Date.UTC(2026, 10, 21, 19, 0, 0))).toBe('00:00:00');
    expect(en.utcClock(noon)).toBe('12:03:07');
    expect(plain(en.moment(Date.UTC(2026, 10, 21, 20)))).toBe('22 Nov 2026, 01:00:00');
    expect(plain(kk.moment(Date.UTC(2026, 10, 21, 20)))).toBe('22.11.2026, 01:00:00');
  });

  it('shows another city at its own time', () => {
    expect(new Language('en', 'Europe/Berlin').clock(noon)).toBe('13:03:07');
  });
});

describe('say', () => {
  it('fills in values and parts thousands as the language does', () => {
    expect(plain(ru.say('summary.coverage', { count: 12_340, total: 20_000 }))).toBe('зданий: 12 340 из 20 000');
  });

  it('shows a key of elsewhere as it is', () => {
    expect(en.sayIfKnown('light.on')).toBe('On');
    expect(en.sayIfKnown('toString')).toBe('toString');
  });
});
