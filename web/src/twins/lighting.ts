import {
  alarmPriorities, fieldsOf, listOf, localizedOf, memberOf, numberOf, textOf, timeOf, type AlarmPriority,
} from './alarms';
import type { LocalizedText } from './cityTypes';

export const lightingGroupings = ['street', 'cabinet'] as const;
export type LightingGrouping = (typeof lightingGroupings)[number];

/** A street or a cabinet whose lights have faults. */
export interface LightingGroup {
  /** A street's name or a cabinet's id; undefined for the lights that have none. */
  readonly id: string | undefined;
  readonly name: LocalizedText | undefined;
  readonly districts: readonly string[];
  readonly lights: number;
  readonly faulty: number;
  /** Each light with a fault once, by code. */
  readonly counts: Readonly<Record<string, number>>;
  /** Unix milliseconds, of the oldest fault. */
  readonly raisedAt: number;
  /** The first of the lights with a fault, the oldest fault first. */
  readonly faults: readonly { readonly id: string; readonly code: string }[];
  /** What the cabinet itself reports. */
  readonly cabinet: readonly {
    readonly code: string; readonly text: LocalizedText; readonly priority: AlarmPriority;
  }[];
}

/** Lights with faults, gathered for those who repair them, in the order of the server. */
export interface LightingFailures {
  readonly by: LightingGrouping;
  readonly lights: number;
  readonly faulty: number;
  readonly codes: readonly { readonly code: string; readonly text: LocalizedText; readonly lights: number }[];
  /** How many groups there are; the answer may have only the first of them. */
  readonly total: number;
  readonly groups: readonly LightingGroup[];
}

export function parseLightingFailures(given: unknown): LightingFailures {
  const fields = fieldsOf(given, 'lighting failures');
  return {
    by: memberOf(fields, 'by', lightingGroupings), lights: numberOf(fields, 'lights'),
    faulty: numberOf(fields, 'faulty'), total: numberOf(fields, 'total'),
    codes: listOf(fields['codes'], 'codes').map((one) => {
      const code = fieldsOf(one, 'a code');
      const name = textOf(code, 'code');
      return { code: name, text: localizedOf(code['text'], name), lights: numberOf(code, 'lights') };
    }),
    groups: listOf(fields['groups'], 'groups').map(groupOf),
  };
}

function groupOf(given: unknown): LightingGroup {
  const fields = fieldsOf(given, 'a group');
  const { id } = fields;
  const counts = fieldsOf(fields['counts'], 'counts');
  return {
    id: typeof id === 'string' ? id : undefined,
    name: typeof id === 'string' ? localizedOf(fields['name'], id) : undefined,
    districts: listOf(fields['districts'], 'districts').filter((one): one is string => typeof one === 'string'),
    lights: numberOf(fields, 'lights'), faulty: numberOf(fields, 'faulty'),
    counts: Object.fromEntries(Object.keys(counts).map((code) => [code, numberOf(counts, code)])),
    raisedAt: timeOf(fields, 'raisedAt'),
    faults: listOf(fields['faults'], 'faults').map((one) => {
      const fault = fieldsOf(one, 'a fault');
      return { id: textOf(fault, 'id'), code: textOf(fault, 'code') };
    }),
    cabinet: listOf(fields['cabinet'], 'alarms of the cabinet').map((one) => {
      const alarm = fieldsOf(one, 'an alarm of the cabinet');
      const code = textOf(alarm, 'code');
      return {
        code, text: localizedOf(alarm['text'], code),
        priority: memberOf(alarm, 'priority', [...alarmPriorities, 'journal'] as const),
      };
    }),
  };
}
