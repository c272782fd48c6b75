import type { Locale } from './texts';

/** A unit as it is written, and how many of the base unit it is. */
interface UnitStep {
  readonly factor: number;
  readonly symbol: Readonly<Record<Locale, string>>;
}

const same = (symbol: string): Readonly<Record<Locale, string>> => ({ en: symbol, ru: symbol, kk: symbol });
const step = (factor: number, en: string, ru: string, kk = ru): UnitStep => ({ factor, symbol: { en, ru, kk } });

const power = [step(1, 'W', 'Вт'), step(1e3, 'kW', 'кВт'), step(1e6, 'MW', 'МВт'), step(1e9, 'GW', 'ГВт')];
const energy = [
  step(1, 'Wh', 'Вт·ч', 'Вт·сағ'), step(1e3, 'kWh', 'кВт·ч', 'кВт·сағ'), step(1e6, 'MWh', 'МВт·ч', 'МВт·сағ'),
];
const flow = [step(1, 'L/h', 'л/ч', 'л/сағ'), step(1e3, 'm³/h', 'м³/ч', 'м³/сағ')];
const volume = [step(1, 'L', 'л'), step(1e3, 'm³', 'м³')];

/** By DTDL unit, and by the symbols that the map's legend uses. The steps ascend. */
const units: Readonly<Record<string, readonly UnitStep[]>> = {
  watt: power, W: power,
  wattHour: energy, Wh: energy,
  litrePerHour: flow, 'L/h': flow,
  litre: volume, L: volume,
  kilowatt: power.slice(1).map(({ factor, symbol }) => ({ factor: factor / 1e3, symbol })),
  kilowattHour: energy.slice(1).map(({ factor, symbol }) => ({ factor: factor / 1e3, symbol })),
  cubicMetre: [step(1, 'm³', 'м³')],
  volt: [step(1, 'V', 'В')],
  ampere: [step(1, 'A', 'А')],
  hertz: [step(1, 'Hz', 'Гц')],
  kilopascal: [step(1, 'kPa', 'кПа')],
  degreeCelsius: [{ factor: 1, symbol: same('°C') }],
  percent: [{ factor: 1, symbol: same('%') }],
  '%': [{ factor: 1, symbol: same('%') }],
  microgramPerCubicMetre: [step(1, 'µg/m³', 'мкг/м³')],
  'µg/m³': [step(1, 'µg/m³', 'мкг/м³')],
  metre: [step(1, 'm', 'м')],
  squareMetre: [step(1, 'm²', 'м²')],
  squareKilometre: [step(1, 'km²', 'км²')],
  second: [step(1, 's', 'с')],
  hour: [step(1, 'h', 'ч', 'сағ')],
  alarms: [step(1, 'alarms', 'тревог', 'дабыл')],
  'alarms / 10 min': [step(1, 'alarms / 10 min', 'тревог / 10 мин', 'дабыл / 10 мин')],
  'alarms / h': [step(1, 'alarms / h', 'тревог / ч', 'дабыл / сағ')],
  'alarms / day': [step(1, 'alarms / day', 'тревог / сутки', 'дабыл / тәулік')],
};

// DTDL has no unit for these; the name carries it (docs/contracts.md §1.4 takes the names as they are).
const suffixes: readonly (readonly [string, string])[] = [
  ['WattHours', 'wattHour'], ['Percent', 'percent'], ['SquareKilometres', 'squareKilometre'],
  ['LitresPerHour', 'litrePerHour'], ['Litres', 'litre'], ['Watts', 'watt'],
];

/** The unit of a property: the one declared, else the one that its name ends in. */
export function unitOf(property: { readonly name: string; readonly unit?: string | null }): string | undefined {
  if (property.unit) return property.unit;
  return suffixes.find(([suffix]) => property.name.endsWith(suffix))?.[1];
}

/** The largest step that the magnitude fills; undefined for a unit that is not known here. */
export function unitStep(unit: string, magnitude: number): UnitStep | undefined {
  const steps = units[unit];
  return steps?.findLast(({ factor }) => Math.abs(magnitude) >= factor) ?? steps?.[0];
}
