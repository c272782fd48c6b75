import type { PastSpan } from '../../twins/replayApi';

const MinuteMs = 60_000;
const HourMs = 60 * MinuteMs;
const DayMs = 24 * HourMs;
/** Round in the city's time, so that labels are. */
const steps = [
  MinuteMs, 5 * MinuteMs, 15 * MinuteMs, HourMs, 3 * HourMs, 6 * HourMs, 12 * HourMs, DayMs, 2 * DayMs, 7 * DayMs, 30 * DayMs,
];

export interface Tick {
  readonly at: number;
  /** 0 to 1 along the span. */
  readonly share: number;
  readonly isDay: boolean;
}

/** What a link says of time: `?at=2026-11-21T09:00:00Z&speed=60`. */
export interface TimeLink {
  readonly at: number;
  readonly speed: number;
}

export const speeds: readonly number[] = [1, 10, 60, 600, 3_600];
const SpeedMax = 3_600;

export const clamp = (at: number, { from, to }: PastSpan): number => Math.min(to, Math.max(from, at));

/** Milliseconds that a zone's clocks are ahead of UTC at a moment. */
export function zoneOffsetMs(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(
    part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(at / 1_000) * 1_000;
}

/** `2026-11-21 14:05:00` by the city's clocks; a browser's own field would show twelve hours to some. */
export const toField = (at: number, zone: string): string =>
  new Date(Math.floor(at / 1_000) * 1_000 + zoneOffsetMs(zone, at)).toISOString().slice(0, 19).replace('T', ' ');

/** Seconds may be left out; undefined where it is no date and time. */
export function fromField(text: string, zone: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?$/.exec(text.trim());
  const shown = parts ? Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? ':00'}Z`) : NaN;
  if (Number.isNaN(shown)) return undefined;
  return shown - zoneOffsetMs(zone, shown - zoneOffsetMs(zone, shown));
}

/** Marks at whole hours (or what suits the span) of the city's clocks, at most so many. */
export function ticks({ from, to }: PastSpan, zone: string, countMax: number): Tick[] {
  const length = to - from;
  if (length <= 0) return [];
  const step = steps.find((one) => length / one <= countMax) ?? Math.ceil(length / countMax / DayMs) * DayMs;
  const offset = zoneOffsetMs(zone, from);
  const found: Tick[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) {
    found.push({ at, share: (at - from) / length, isDay: (at + offset) % DayMs === 0 });
  }
  return found;
}

/** Undefined where the link says nothing of time, or nothing that can be read. */
export function parseLink(search: string): TimeLink | undefined {
  const query = new URLSearchParams(search);
  const at = Date.parse(query.get('at') ?? '');
  if (Number.isNaN(at)) return undefined;
  const speed = Number(query.get('speed') ?? 0);
  return { at, speed: speed >= 0 && speed <= SpeedMax ? speed : 0 };
}

export function formatLink(link: TimeLink | undefined): string {
  if (!link) return '';
  const at = new Date(Math.floor(link.at / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  return `?at=${at}${link.speed > 0 ? `&speed=${link.speed}` : ''}`;
}
