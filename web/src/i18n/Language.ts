import { allTexts, type Locale, type TextKey } from './texts';
import { unitStep } from './units';

const NoBreakSpace = '\u00a0';
const SecondsShownMax = 90;
const MinutesShownMax = 90;
const HoursShownMax = 48;

// Chromium carries no data for Kazakh and would write its numbers the English way; the Russian conventions are the
// same, as long as no name of a month is asked for.
const conventionsOf: Readonly<Record<Locale, string>> = { en: 'en-GB', ru: 'ru', kk: 'ru' };
const numericDay = { day: '2-digit', month: '2-digit', year: 'numeric' } as const;
const dayOf: Readonly<Record<Locale, Intl.DateTimeFormatOptions>> = {
  en: { day: 'numeric', month: 'short', year: 'numeric' }, ru: numericDay, kk: numericDay,
};

const numericTick = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: '2-digit', month: '2-digit' },
  month: { month: '2-digit', year: 'numeric' },
} as const;
const tickOf: Readonly<Record<Locale, Readonly<Record<'time' | 'day' | 'month', Intl.DateTimeFormatOptions>>>> = {
  en: { ...numericTick, day: { day: 'numeric', month: 'short' }, month: { month: 'short', year: 'numeric' } },
  ru: numericTick, kk: numericTick,
};

/** Everything the page says in one language: texts, numbers, quantities, ages and times of day. */
export class Language {
  readonly locale: Locale;
  readonly timeZone: string;
  readonly #numbers = new Map<number, Intl.NumberFormat>();
  readonly #clock: Intl.DateTimeFormat;
  readonly #utcClock: Intl.DateTimeFormat;
  readonly #moment: Intl.DateTimeFormat;
  readonly #hour: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;

  constructor(locale: Locale, timeZone = 'Asia/Almaty') {
    this.locale = locale;
    this.timeZone = timeZone;
    const zone = fixedZone(timeZone);
    const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    const conventions = conventionsOf[locale];
    this.#clock = new Intl.DateTimeFormat(conventions, { ...time, timeZone: zone });
    this.#utcClock = new Intl.DateTimeFormat(conventions, { ...time, timeZone: 'UTC' });
    this.#hour = new Intl.DateTimeFormat(
      conventions, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone });
    this.#day = new Intl.DateTimeFormat(conventions, { day: '2-digit', month: '2-digit', timeZone: zone });
    this.#moment = new Intl.DateTimeFormat(conventions, { ...time, ...dayOf[locale], timeZone: zone });
  }

  say(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
    const text: string = allTexts[this.locale][key];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  /** For keys that come from elsewhere, such as a legend: what is not a key is shown as it is. */
  sayIfKnown(key: string): string {
    return Object.hasOwn(allTexts[this.locale], key) ? this.say(key as TextKey) : key;
  }

  pick(text: Readonly<Record<Locale, string>> | string): string {
    return typeof text === 'string' ? text : text[this.locale] || text.en;
  }

  number(value: number, digits = 0): string {
    let format = this.#numbers.get(digits);
    if (!format) {
      format = new Intl.NumberFormat(conventionsOf[this.locale], { maximumFractionDigits: digits });
      this.#numbers.set(digits, format);
    }
    return format.format(value);
  }

  percent(share: number): string {
    return `${this.number(Math.floor(share * 100))}${NoBreakSpace}%`;
  }

  /** A number in the step of its unit that suits its size: 1 234 000 watt are 1.23 MW. */
  quantity(value: number, unit?: string): string {
    if (!Number.isFinite(value)) return this.say('summary.none');
    const step = unit ? unitStep(unit, value) : undefined;
    const scaled = value / (step?.factor ?? 1);
    const symbol = step?.symbol[this.locale] ?? unit;
    const number = this.number(scaled, digitsFor(scaled));
    return symbol ? `${number}${NoBreakSpace}${symbol}` : number;
  }

  /** How long ago, in whole units that are never rounded up: 59.9 s are not yet a minute. */
  age(milliseconds: number): string {
    const seconds = Math.floor(milliseconds / 1000);
    if (seconds < 1) return this.say('age.now');
    if (seconds < SecondsShownMax) return this.say('age.seconds', { n: seconds });
    const minutes = Math.floor(seconds / 60);
    if (minutes < MinutesShownMax) return this.say('age.minutes', { n: minutes });
    const hours = Math.floor(minutes / 60);
    if (hours < HoursShownMax) return this.say('age.hours', { n: hours });
    return this.say('age.days', { n: Math.floor(hours / 24) });
  }

  clock(milliseconds: number): string {
    return this.#clock.format(milliseconds);
  }

  utcClock(milliseconds: number): string {
    return this.#utcClock.format(milliseconds);
  }

  /** Hours and minutes. */
  hour(milliseconds: number): string {
    return this.#hour.format(milliseconds);
  }

  /** Day and month. */
  day(milliseconds: number): string {
    return this.#day.format(milliseconds);
  }

  /** The city's zone as a browser of any age knows it. */
  get zone(): string {
    return fixedZone(this.timeZone);
  }

  moment(milliseconds: number): string {
    return this.#moment.format(milliseconds);
  }

  /** A mark of a time axis, as short as it can be. */
  tick(milliseconds: number, kind: 'time' | 'day' | 'month'): string {
    return new Intl.DateTimeFormat(conventionsOf[this.locale], {
      ...tickOf[this.locale][kind], timeZone: fixedZone(this.timeZone),
    }).format(milliseconds);
  }

  /** How far the city's clocks are ahead of UTC at a time. */
  zoneOffsetMs(milliseconds: number): number {
    const parts = new Map(new Intl.DateTimeFormat('en-GB', {
      timeZone: fixedZone(this.timeZone), hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
    }).formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
      - Math.floor(milliseconds / 1000) * 1000;
  }
}

// Kazakhstan moved to UTC+5 on 1 March 2024; a browser with older zone data would still show UTC+6.
// The sign of the Etc zones is turned round by convention.
const fixedZone = (timeZone: string): string => (timeZone === 'Asia/Almaty' ? 'Etc/GMT-5' : timeZone);

/** Three figures are as much as a glance takes in. */
function digitsFor(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude >= 100 || Number.isInteger(value)) return 0;
  return magnitude >= 10 ? 1 : 2;
}
