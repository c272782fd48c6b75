import {
  parseAlarmList, parseEntries, parseIncident, parseJournal, parseKpi, type AlarmEntry, type AlarmKpi, type AlarmList,
  type AlarmState, type Incident, type JournalEntry,
} from './alarms';
import { parseLightingFailures, type LightingFailures, type LightingGrouping } from './lighting';
import { browserRequest, refusal, withPatience } from './cityApi';

export const alarmVerbs = [
  'acknowledge', 'shelve', 'unshelve', 'reset', 'assign', 'out-of-service', 'return-to-service',
] as const;
export type AlarmVerb = (typeof alarmVerbs)[number];

/** What an operator says with an action; only what the action needs is filled in. */
export interface AlarmOrder {
  readonly by: string;
  readonly comment?: string;
  readonly reason?: string;
  readonly minutes?: number;
  readonly oneShot?: boolean;
  readonly to?: string;
}

export interface AlarmFilter {
  readonly priority?: string;
  readonly district?: string;
  readonly state?: AlarmState;
}

/** The alarms' part of the REST interface, checked as it comes in. */
export interface AlarmApi {
  list(filter: AlarmFilter, limit: number, signal?: AbortSignal): Promise<AlarmList>;
  ofTwin(id: string, signal?: AbortSignal): Promise<readonly AlarmEntry[]>;
  incident(id: string, signal?: AbortSignal): Promise<Incident>;
  journal(twin: string | undefined, limit: number, signal?: AbortSignal): Promise<readonly JournalEntry[]>;
  kpi(signal?: AbortSignal): Promise<AlarmKpi>;
  lighting(by: LightingGrouping, district: string | undefined, signal?: AbortSignal): Promise<LightingFailures>;
  act(kind: AlarmEntry['kind'], id: string, verb: AlarmVerb, order: AlarmOrder): Promise<void>;
}

export function alarmApi(root = '/api/v1', request: typeof fetch = browserRequest): AlarmApi {
  const get = async (path: string, signal?: AbortSignal): Promise<unknown> => {
    const response = await request(root + path, {
      headers: { Accept: 'application/json' }, signal: withPatience(signal),
    });
    if (!response.ok) throw await refusal(response);
    return response.json();
  };
  return {
    list: async ({ priority, district, state }, limit, signal) => {
      const query = new URLSearchParams({ limit: String(limit) });
      if (district) query.set('district', district);
      if (priority) query.set('priority', priority);
      if (state) query.set('state', state);
      return parseAlarmList(await get(`/alarms?${query}`, signal));
    },
    ofTwin: async (id, signal) => {
      const answer = (await get(`/twins/${encodeURIComponent(id)}/alarms`, signal)) as { alarms?: unknown };
      return parseEntries(answer.alarms).entries;
    },
    incident: async (id, signal) => parseIncident(await get(`/incidents/${encodeURIComponent(id)}`, signal)),
    journal: async (twin, limit, signal) => {
      const query = new URLSearchParams({ limit: String(limit) });
      if (twin) query.set('twin', twin);
      return parseJournal(await get(`/alarms/journal?${query}`, signal));
    },
    kpi: async (signal) => parseKpi(await get('/alarms/kpi', signal)),
    lighting: async (by, district, signal) => {
      const query = new URLSearchParams({ by });
      if (district) query.set('district', district);
      return parseLightingFailures(await get(`/lighting/failures?${query}`, signal));
    },
    act: async (kind, id, verb, order) => {
      const path = `/${kind === 'incident' ? 'incidents' : 'alarms'}/${encodeURIComponent(id)}/${verb}`;
      const response = await request(root + path, {
        method: 'POST', body: JSON.stringify(order), signal: withPatience(undefined),
        headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      });
      if (!response.ok) throw await refusal(response);
    },
  };
}
