import { MalformedError } from './binary';
import type { KindName, LocalizedText, Position } from './cityTypes';

export const alarmPriorities = ['critical', 'high', 'medium', 'low'] as const;
/** A journal entry is kept and never annunciated. */
export type AlarmPriority = (typeof alarmPriorities)[number] | 'journal';

export const alarmStates = [
  'unackActive', 'ackActive', 'unackReturned', 'latchedUnack', 'latchedAck', 'shelved', 'suppressed', 'outOfService',
] as const;
export type AlarmState = (typeof alarmStates)[number];

export const journalEvents = [
  'raised', 'returned', 'acknowledged', 'reAlarmed', 'escalated', 'reset', 'shelved', 'unshelved', 'shelvingEnded',
  'suppressed', 'unsuppressed', 'takenOutOfService', 'returnedToService', 'assigned', 'becameStale', 'chatteringEnded',
] as const;
export type JournalEvent = (typeof journalEvents)[number];

export interface AlarmEntry {
  readonly kind: 'incident' | 'alarm';
  readonly id: string;
  readonly code: string;
  readonly text: LocalizedText;
  readonly action?: LocalizedText;
  readonly priority: AlarmPriority;
  readonly state: AlarmState;
  readonly twin: string;
  readonly twinName: LocalizedText;
  readonly twinKind?: KindName;
  readonly district?: string;
  readonly position?: Position;
  /** Unix milliseconds, as are all times here. */
  readonly raisedAt: number;
  readonly returnedAt?: number;
  readonly acknowledgedAt?: number;
  readonly acknowledgedBy?: string;
  readonly comment?: string;
  readonly assignee?: string;
  readonly escalation: number;
  readonly value?: number;
  readonly activations: number;
  readonly isChattering: boolean;
  readonly isStale: boolean;
  readonly shelvedUntil?: number;
  readonly shelvedBy?: string;
  readonly reason?: string;
  readonly members?: number;
  readonly active?: number;
  readonly firstOut?: string;
  readonly group?: string;
}

export interface AlarmCounts {
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly unacknowledged: number;
}

export interface AlarmList {
  readonly revision: number;
  readonly counts: AlarmCounts & {
    readonly journal: number; readonly shelved: number; readonly suppressed: number; readonly outOfService: number;
  };
  readonly entries: readonly AlarmEntry[];
  /** Entries that this page does not understand; an operator must know that there are some. */
  readonly unreadable: number;
}

export interface Incident {
  readonly entry: AlarmEntry;
  readonly alarms: readonly AlarmEntry[];
  readonly total: number;
}

export interface JournalEntry {
  readonly sequence: number;
  readonly at: number;
  readonly alarm: string;
  readonly twin: string;
  readonly code: string;
  readonly event: string;
  readonly by?: string;
  readonly comment?: string;
}

export interface AlarmKpi {
  readonly items: readonly {
    readonly id: string; readonly value: number | undefined; readonly target: number | undefined;
    readonly unit: string; readonly isMet: boolean | undefined; readonly source: string;
  }[];
  readonly topSources: readonly {
    readonly twin: string; readonly code: string; readonly count: number; readonly sharePercent: number;
  }[];
  readonly prioritySplit: Readonly<Record<(typeof alarmPriorities)[number], number>>;
}

/** What the whole city must know at once, until somebody has acknowledged it. */
export interface CityBanner {
  readonly code: string;
  readonly text: LocalizedText;
  readonly twin: string;
  readonly at: number;
}

/** What the hub says whenever the alarms changed. */
export interface AlarmSummary {
  readonly revision: number;
  readonly counts: AlarmCounts;
  readonly banner: CityBanner | undefined;
}

export const isUnacknowledged = ({ state }: AlarmEntry): boolean =>
  state === 'unackActive' || state === 'unackReturned' || state === 'latchedUnack';

/** Taken out of the operator's sight on purpose. */
export const isSetAside = ({ state }: AlarmEntry): boolean =>
  state === 'shelved' || state === 'suppressed' || state === 'outOfService';

type Fields = Readonly<Record<string, unknown>>;

export function parseAlarmSummary(json: string): AlarmSummary {
  const fields = fieldsOf(parseJson(json), 'an alarm summary');
  const banner = fields['banner'];
  return {
    revision: numberOf(fields, 'revision'),
    counts: countsOf(fields),
    banner: banner === undefined || banner === null ? undefined : bannerOf(fieldsOf(banner, 'a banner')),
  };
}

export function parseAlarmList(given: unknown): AlarmList {
  const fields = fieldsOf(given, 'an alarm list');
  const counts = fieldsOf(fields['counts'], 'counts');
  const { entries, unreadable } = parseEntries(fields['entries']);
  return {
    revision: numberOf(fields, 'revision'),
    counts: {
      ...countsOf(counts), journal: numberOf(counts, 'journal', 0), shelved: numberOf(counts, 'shelved', 0),
      suppressed: numberOf(counts, 'suppressed', 0), outOfService: numberOf(counts, 'outOfService', 0),
    },
    entries, unreadable,
  };
}

/** What is not understood is counted, so that one strange entry does not hide the others. */
export function parseEntries(given: unknown): { entries: AlarmEntry[]; unreadable: number } {
  const all = listOf(given, 'entries');
  const entries: AlarmEntry[] = [];
  for (const one of all) {
    const entry = tryParseEntry(one);
    if (entry) entries.push(entry);
  }
  return { entries, unreadable: all.length - entries.length };
}

export function parseIncident(given: unknown): Incident {
  const fields = fieldsOf(given, 'an incident');
  const entry = tryParseEntry(fields['entry']);
  if (!entry) throw new MalformedError('an incident without its entry');
  const { entries } = parseEntries(fields['alarms']);
  return { entry, alarms: entries, total: numberOf(fields, 'total', entries.length) };
}

export function parseJournal(given: unknown): JournalEntry[] {
  return listOf(fieldsOf(given, 'a journal')['entries'], 'journal entries').map((one) => {
    const fields = fieldsOf(one, 'a journal entry');
    const { by, comment } = fields;
    return {
      sequence: numberOf(fields, 'sequence'), at: timeOf(fields, 'at'), alarm: textOf(fields, 'alarm'),
      twin: textOf(fields, 'twin'), code: textOf(fields, 'code'), event: textOf(fields, 'event'),
      ...(typeof by === 'string' ? { by } : {}), ...(typeof comment === 'string' ? { comment } : {}),
    };
  });
}

export function parseKpi(given: unknown): AlarmKpi {
  const fields = fieldsOf(given, 'indicators');
  const split = fieldsOf(fields['prioritySplit'], 'a priority split');
  return {
    items: listOf(fields['items'], 'indicators').map((one) => {
      const item = fieldsOf(one, 'an indicator');
      const { value, target, unit, isMet, source } = item;
      return {
        id: textOf(item, 'id'),
        value: typeof value === 'number' ? value : undefined,
        target: typeof target === 'number' ? target : undefined,
        unit: typeof unit === 'string' ? unit : '',
        isMet: typeof isMet === 'boolean' ? isMet : undefined,
        source: typeof source === 'string' ? source : '',
      };
    }),
    topSources: listOf(fields['topSources'], 'top sources').map((one) => {
      const source = fieldsOf(one, 'a source');
      return {
        twin: textOf(source, 'twin'), code: textOf(source, 'code'), count: numberOf(source, 'count'),
        sharePercent: numberOf(source, 'sharePercent', 0),
      };
    }),
    prioritySplit: {
      critical: numberOf(split, 'critical', 0), high: numberOf(split, 'high', 0),
      medium: numberOf(split, 'medium', 0), low: numberOf(split, 'low', 0),
    },
  };
}

function tryParseEntry(given: unknown): AlarmEntry | undefined {
  try {
    return entryOf(fieldsOf(given, 'an entry'));
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function entryOf(fields: Fields): AlarmEntry {
  const kind = memberOf(fields, 'kind', ['incident', 'alarm'] as const);
  const position = fields['position'];
  const twin = textOf(fields, 'twin');
  return {
    kind, twin,
    id: textOf(fields, 'id'), code: textOf(fields, 'code'), text: localizedOf(fields['text'], textOf(fields, 'code')),
    priority: memberOf(fields, 'priority', [...alarmPriorities, 'journal'] as const),
    state: memberOf(fields, 'state', alarmStates),
    twinName: localizedOf(fields['twinName'], twin),
    raisedAt: timeOf(fields, 'raisedAt'),
    escalation: numberOf(fields, 'escalation', 0), activations: numberOf(fields, 'activations', 1),
    isChattering: fields['isChattering'] === true, isStale: fields['isStale'] === true,
    ...(isGiven(fields['action']) ? { action: localizedOf(fields['action'], '') } : {}),
    ...(isPosition(position) ? { position } : {}),
    ...(typeof fields['twinKind'] === 'string' ? { twinKind: fields['twinKind'] as KindName } : {}),
    ...optional(fields, 'string',
      ['district', 'acknowledgedBy', 'comment', 'assignee', 'shelvedBy', 'reason', 'firstOut', 'group']),
    ...optional(fields, 'number', ['value', 'members', 'active']),
    ...optionalTimes(fields, ['returnedAt', 'acknowledgedAt', 'shelvedUntil']),
  };
}

const bannerOf = (fields: Fields): CityBanner => ({
  code: textOf(fields, 'code'), text: localizedOf(fields['text'], textOf(fields, 'code')),
  twin: textOf(fields, 'twin'), at: timeOf(fields, 'at'),
});

const countsOf = (fields: Fields): AlarmCounts => ({
  critical: numberOf(fields, 'critical'), high: numberOf(fields, 'high'), medium: numberOf(fields, 'medium'),
  low: numberOf(fields, 'low'), unacknowledged: numberOf(fields, 'unacknowledged'),
});

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedError('not JSON');
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedError(`not ${what}`);
  return value as Fields;
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedError(`no list of ${what}`);
  return value;
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new MalformedError(`no ${name}`);
  return value;
}

export function numberOf(fields: Fields, name: string, otherwise?: number): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (otherwise === undefined || isGiven(value)) throw new MalformedError(`no ${name}`);
  return otherwise;
}

export function timeOf(fields: Fields, name: string): number {
  const time = Date.parse(textOf(fields, name));
  if (Number.isNaN(time)) throw new MalformedError(`${name} is not a time`);
  return time;
}

export function memberOf<T extends string>(fields: Fields, name: string, members: readonly T[]): T {
  const found = members.find((member) => member === fields[name]);
  if (found === undefined) throw new MalformedError(`${name} is ${String(fields[name])}`);
  return found;
}

/** A language that is missing is shown in another rather than not at all. */
export function localizedOf(value: unknown, otherwise: string): LocalizedText {
  if (typeof value === 'string' && value !== '') return { en: value, ru: value, kk: value };
  const given = (isGiven(value) ? value : {}) as Partial<Record<keyof LocalizedText, unknown>>;
  const all = [given.en, given.ru, given.kk].filter((text): text is string => typeof text === 'string' && text !== '');
  const any = all[0] ?? otherwise;
  const one = (text: unknown): string => (typeof text === 'string' && text !== '' ? text : any);
  return { en: one(given.en), ru: one(given.ru), kk: one(given.kk) };
}

const isPosition = (value: unknown): value is Position =>
  Array.isArray(value) && value.length >= 2 && value.every((part) => typeof part === 'number');

function optional<K extends keyof AlarmEntry>(
  fields: Fields, type: 'string' | 'number', names: readonly K[],
): Partial<Pick<AlarmEntry, K>> {
  const found: Record<string, unknown> = {};
  for (const name of names) if (typeof fields[name] === type && fields[name] !== '') found[name] = fields[name];
  return found as Partial<Pick<AlarmEntry, K>>;
}

function optionalTimes<K extends keyof AlarmEntry>(fields: Fields, names: readonly K[]): Partial<Pick<AlarmEntry, K>> {
  const found: Record<string, unknown> = {};
  for (const name of names) if (isGiven(fields[name])) found[name] = timeOf(fields, name);
  return found as Partial<Pick<AlarmEntry, K>>;
}
