import type { Language } from '../../i18n/Language';
import { unitOf } from '../../i18n/units';
import type { CityApi } from '../../twins/cityApi';
import type { KindName, Models, PropertyModel, Twin, TwinModel } from '../../twins/cityTypes';
import type { AreaHistory, Forecast, History, HistoryPoint, HistoryQuery } from '../../twins/history';
import { propertiesOf, reasonText } from '../twinFacts';
import type { ChartContent, ChartSeries } from './Chart';
import { gapOf, type ChartPoint } from './chartGeometry';

export type SpanName = 'day' | 'week' | 'month' | 'year';

/** How a span is asked for: levels and registers in steps that a chart this wide can show. */
interface SpanPlan {
  readonly hours: number;
  /** Undefined: values as they are. */
  readonly level: string | undefined;
  readonly register: string;
}

export const spans: Readonly<Record<SpanName, SpanPlan>> = {
  day: { hours: 24, level: undefined, register: '1h' },
  week: { hours: 7 * 24, level: '1h', register: '6h' },
  month: { hours: 30 * 24, level: '3h', register: '1d' },
  year: { hours: 365 * 24, level: '1d', register: '1w' },
};

const HourMs = 3_600_000;
const stepHours: Readonly<Record<string, number>> = { '1h': 1, '3h': 3, '6h': 6, '1d': 24, '1w': 168 };
const stepWord = {
  '1h': 'history.perHour', '6h': 'history.perSixHours', '1d': 'history.perDay', '1w': 'history.perWeek',
} as const;
/** A screen shows no more; beyond them those that stand out are asked for. */
const ValuesMax = 3_000;

const areaKinds: ReadonlySet<string> = new Set([
  'city', 'district', 'polycentre', 'building', 'feeder', 'lightingCabinet',
]);
/** Whose air is asked for: no building, feeder or cabinet has sensors of its own. */
const breathes: ReadonlySet<string> = new Set(['city', 'district', 'polycentre']);
const registerUnits: ReadonlySet<string | undefined> = new Set(['wattHour', 'kilowattHour', 'litre', 'cubicMetre']);
const registerKinds: ReadonlySet<KindName> = new Set(['utilityMeter', 'streetlight']);
/** What areas are asked about beside registers; the name is the schema's. */
const airProperty = 'pm25MicrogramsPerCubicMetre';

/** What a chart may be of: a property of the twin, or of what is in it. */
export interface Subject {
  readonly key: string;
  readonly name: string;
  readonly isOfArea: boolean;
  /** Undefined where there is nothing in that time. */
  load(span: SpanName, now: number, signal: AbortSignal): Promise<ChartContent | undefined>;
}

/** Counts up, so that what it grew by is what is looked at. */
const isRegister = (kind: KindName, property: PropertyModel): boolean =>
  registerKinds.has(kind) && property.role === 'telemetry' && registerUnits.has(unitOf(property));

const isNumber = ({ role, schema }: PropertyModel): boolean =>
  (role === 'telemetry' || role === 'reported') && (schema === 'double' || schema === 'integer');

/** Everything that can be shown of a twin, what its model shows first first. */
export function subjectsOf(twin: Twin, models: Models | undefined, language: Language, api: CityApi): Subject[] {
  const model = models?.models.find(({ id }) => id === twin.model);
  const own = propertiesOf(twin, model).filter((property) => isNumber(property)
    && (property.role === 'telemetry' || twin.values[property.name] !== undefined));
  const first = (property: PropertyModel): number => {
    const index = model?.summary.indexOf(property.name) ?? -1;
    return index < 0 ? Infinity : index;
  };
  const subjects = own.toSorted((a, b) => first(a) - first(b) || 0)
    .map((property) => ofTwin(twin, model, property, language, api));
  if (!areaKinds.has(twin.kind) || !models) return subjects;
  for (const inside of models.models) {
    for (const property of inside.properties) {
      const isAir = breathes.has(twin.kind) && inside.kind === 'airQualitySensor' && property.name === airProperty;
      const mayHold = twin.kind !== 'lightingCabinet' || inside.kind === 'streetlight';
      if (mayHold && (isAir || isRegister(inside.kind, property))) {
        subjects.push(ofArea(twin, inside, property, language, api));
      }
    }
  }
  return subjects;
}

function ofTwin(
  twin: Twin, model: TwinModel | undefined, property: PropertyModel, language: Language, api: CityApi,
): Subject {
  const name = language.pick(property.displayName);
  const counts = isRegister(twin.kind, property);
  return {
    key: property.name, name, isOfArea: false,
    load: async (span, now, signal) => {
      const plan = spans[span];
      const from = now - plan.hours * HourMs;
      const step = counts ? plan.register : plan.level;
      const query: HistoryQuery = {
        property: property.name, ...times(from, now),
        ...(step ? { fn: counts ? 'delta' : 'avg', step } : { limit: String(ValuesMax) }),
      };
      let history = await api.history(twin.id, query, signal);
      if (history.isLimitHit) {
        history = await api.history(twin.id, {
          property: property.name, ...times(from, now), points: String(ValuesMax),
        }, signal);
      }
      const forecast = span === 'day' && mayForetell(twin, property, counts)
        ? await foretold(api, twin.id, signal) : undefined;
      const series = seriesOf(history, step, counts, intervalMs(twin, model), name, language);
      if (series.points.length === 0) return undefined;
      const expected = forecast && forecastSeries(forecast, counts, language);
      return {
        name: counts ? `${name}, ${stepName(step, language)}` : name, from,
        to: expected?.points.at(-1)?.at ?? now, unit: unitOf(property), series: expected ? [series, expected] : [series],
      };
    },
  };
}

function ofArea(
  twin: Twin, model: TwinModel, property: PropertyModel, language: Language, api: CityApi,
): Subject {
  const counts = isRegister(model.kind, property);
  const name = `${language.pick(model.displayName)}: ${language.pick(property.displayName)}`;
  return {
    key: `${model.id} ${property.name}`, name, isOfArea: true,
    load: async (span, now, signal) => {
      const plan = spans[span];
      const from = now - plan.hours * HourMs;
      const step = counts ? plan.register : plan.level ?? '1h';
      const area = await api.areaHistory(twin.id, {
        property: property.name, model: model.id, ...times(from, now), fn: counts ? 'delta' : 'avg', step,
      }, signal);
      const series = areaSeries(area, counts, step, name, language);
      if (series.every(({ points }) => points.every(({ value }) => value === undefined))) return undefined;
      const word = counts ? stepName(step, language) : language.say('history.mean');
      return { name: `${name}, ${word}`, from, to: now, unit: unitOf(property), series };
    },
  };
}

/** Values or steps as a chart draws them. */
export function seriesOf(
  history: History, step: string | undefined, counts: boolean, interval: number | undefined, name: string,
  language: Language,
): ChartSeries {
  const points = history.points.map((point) => chartPoint(point, language));
  const stepMs = step ? stepHours[step]! * HourMs : undefined;
  return {
    name, look: 'first', shape: counts ? 'bars' : 'line', points, stepMs,
    gapMs: stepMs ? 1.5 * stepMs : gapOf(points, interval),
  };
}

/** Official and indicative air are lines of their own, never one. */
export function areaSeries(
  { series }: AreaHistory, counts: boolean, step: string, name: string, language: Language,
): ChartSeries[] {
  const stepMs = stepHours[step]! * HourMs;
  return series.map(({ grade, members, steps }): ChartSeries => ({
    name: grade ? language.say(`airQuality.${grade}`) : name, look: grade === 'indicative' ? 'second' : 'first',
    shape: counts ? 'bars' : 'line', stepMs, gapMs: 1.5 * stepMs,
    points: steps.filter(({ value }) => value !== null).map(({ at, value, twins, suspect, completeness }) => ({
      at: Date.parse(at), value: value ?? undefined, mark: suspect > 0 ? 'suspect' as const : undefined,
      note: `${language.say('history.contributing', { twins, members })}, `
        + language.say('history.complete', { percent: language.percent(completeness) }),
    })),
  }));
}

function chartPoint(point: HistoryPoint, language: Language): ChartPoint {
  const value = point.value ?? undefined;
  const mark = point.quality === 'suspect' || (point.suspect ?? 0) > 0 ? 'suspect' as const
    : point.quality === 'bad' || (value === undefined && (point.bad ?? 0) > 0) ? 'bad' as const : undefined;
  return { at: Date.parse(point.at), value, mark, ...(point.reason ? { note: reasonText(point.reason, language) } : {}) };
}

function forecastSeries({ hours }: Forecast, counts: boolean, language: Language): ChartSeries {
  return {
    name: language.say('history.forecast'), look: 'forecast', shape: 'line', gapMs: 1.5 * HourMs,
    // A register's hour is drawn over the hour, so its forecast stands in the middle of it.
    points: hours.map(({ from, value, spread }) => ({
      at: Date.parse(from) + (counts ? HourMs / 2 : 0), value, spread,
    })),
  };
}

const times = (from: number, to: number): { from: string; to: string } =>
  ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });

const stepName = (step: string | undefined, language: Language): string =>
  step && step in stepWord ? language.say(stepWord[step as keyof typeof stepWord]) : '';

const mayForetell = (twin: Twin, { name }: PropertyModel, counts: boolean): boolean =>
  (twin.kind === 'utilityMeter' && counts) || (twin.kind === 'airQualitySensor' && name === airProperty);

/** A forecast that is not there yet takes nothing from what was. */
async function foretold(api: CityApi, id: string, signal: AbortSignal): Promise<Forecast | undefined> {
  try {
    const forecast = await api.forecast(id, signal);
    return forecast.hours.length > 0 ? forecast : undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

function intervalMs(twin: Twin, model: TwinModel | undefined): number | undefined {
  const own = twin.values['reportingIntervalSeconds']?.value ?? twin.attributes['reportingIntervalSeconds'];
  const seconds = typeof own === 'number' && own > 0 ? own : model?.expectedIntervalSeconds;
  return seconds ? seconds * 1000 : undefined;
}
