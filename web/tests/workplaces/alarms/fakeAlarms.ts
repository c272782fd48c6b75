import { vi } from 'vitest';
import { Language } from '../../../src/i18n/Language';
import type { Locale } from '../../../src/i18n/texts';
import { alarmApi } from '../../../src/twins/alarmApi';
import { AlarmBook } from '../../../src/workplaces/alarms/AlarmBook';
import { Operator } from '../../../src/workplaces/alarms/Operator';
import type { Desk } from '../../../src/workplaces/desk';

export const Now = Date.UTC(2026, 10, 21, 9);
const text = (word: string): Record<string, string> => ({ en: word, ru: `${word}-ru`, kk: `${word}-kk` });

/** As the server writes it. */
export const entry = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  kind: 'alarm', id: 'm-12-e:OUTAGE', code: 'OUTAGE', text: text('No supply'), priority: 'high', state: 'unackActive',
  twin: 'm-12-e', twinName: text('Meter 12'), twinKind: 'utilityMeter', district: 'd-1', position: [76.9, 43.2],
  raisedAt: '2026-11-21T08:55:00Z', escalation: 0, activations: 1, isChattering: false, isStale: false, ...change,
});

export const incident = (change: Record<string, unknown> = {}): Record<string, unknown> => entry({
  kind: 'incident', id: 'fd-e-001:OUTAGE', text: text('Feeder out'), priority: 'critical', twin: 'fd-e-001',
  twinName: text('Feeder 1'), members: 37, active: 30, firstOut: 'm-12-e', group: 'fd-e-001', ...change,
});

export const summaryJson = (change: Record<string, unknown> = {}): string => JSON.stringify({
  revision: 12, critical: 1, high: 2, medium: 5, low: 3, unacknowledged: 4, ...change,
});

export const bannerJson = {
  code: 'SEISMIC_EVENT', text: text('Earthquake'), twin: 'seis-1', at: '2026-11-21T08:59:00Z',
};

export const lightingGroup = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'Abay', name: text('Abay'), districts: ['d-1', 'd-9'], lights: 40, faulty: 3,
  counts: { LAMP_FAILURE: 2, NODATA: 1 }, raisedAt: '2026-11-21T08:55:00Z', position: [76.9, 43.2],
  faults: [{ id: 'l-7', code: 'LAMP_FAILURE', raisedAt: '2026-11-21T08:55:00Z' }], cabinet: [], ...change,
});

export const lightingAnswer = (...groups: unknown[]): Record<string, unknown> => ({
  by: 'street', lights: 1_200, faulty: 3, total: groups.length, groups,
  codes: [
    { code: 'LAMP_FAILURE', text: text('Lamp failed'), lights: 2 }, { code: 'NODATA', text: text('No data'), lights: 1 },
  ],
});

export interface Post {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** A server of alarms behind a `fetch`: what it was told is kept, what it is to answer is set. */
export class FakeAlarmServer {
  readonly asked: string[] = [];
  readonly posts: Post[] = [];
  entries: unknown[] = [];
  members: unknown[] = [];
  journal: unknown[] = [];
  lighting: Record<string, unknown> = lightingAnswer();
  refusal: { status: number; detail: string } | undefined;
  isSilent = false;

  readonly request: typeof fetch = async (input, init) => {
    const path = String(input).replace('/api/v1', '');
    if (this.isSilent) return new Promise(() => undefined);
    if (init?.method !== 'POST') this.asked.push(path);
    if (this.refusal) {
      return new Response(JSON.stringify({ title: 'Refused', detail: this.refusal.detail }),
        { status: this.refusal.status });
    }
    if (init?.method === 'POST') {
      this.posts.push({ path, body: JSON.parse(String(init.body)) as Record<string, unknown> });
      return Response.json({ state: 'ackActive' });
    }
    return Response.json(this.#answer(path));
  };

  #answer(path: string): unknown {
    if (path.startsWith('/incidents/')) {
      return { entry: incident(), alarms: this.members, total: 37 };
    }
    if (path.startsWith('/twins/')) return { alarms: this.entries };
    if (path.startsWith('/lighting/failures')) {
      return { ...this.lighting, by: new URL(path, 'http://x').searchParams.get('by') };
    }
    if (path.startsWith('/alarms/journal')) return { entries: this.journal };
    if (path === '/alarms/kpi') {
      return {
        items: [{ id: 'averagePerTenMinutes', value: 1.2, target: 1, isMet: false, source: 'E' }],
        topSources: [{ twin: 'm-1', code: 'OUTAGE', count: 9, sharePercent: 3.1 }],
        prioritySplit: { critical: 0, high: 5, medium: 15, low: 80 },
      };
    }
    const state = new URL(path, 'http://x').searchParams.get('state');
    const entries = this.entries.filter((one) => !state || (one as { state: string }).state === state);
    return {
      revision: 12, entries,
      counts: {
        critical: 1, high: 2, medium: 5, low: 3, journal: 40, unacknowledged: 4, shelved: 1, suppressed: 0,
        outOfService: 0,
      },
    };
  }
}

/** A desk with alarms and nothing else; `changed` shows the panels again, as the workplace does. */
export function deskWith(server: FakeAlarmServer, options: { wall?: boolean; locale?: Locale; phase?: string; isPast?: boolean } = {}) {
  const selected: (string | undefined)[] = [];
  const panels: { refresh(): void }[] = [];
  const alarms = new AlarmBook(alarmApi('/api/v1', server.request), new Operator(undefined),
    () => panels.forEach((panel) => panel.refresh()));
  const desk = {
    language: new Language(options.locale ?? 'en'), alarms,
    viewState: { view: { wall: options.wall ?? false, twin: 'm-12-e' } },
    city: { districts: [{ id: 'd-1', name: text('Almaly') }] },
    feed: { phase: options.phase ?? 'live', lastFrameAt: Now, clockOffsetMs: 0 },
    time: { isPast: options.isPast ?? false },
    now: () => Date.now(),
    select: (id: string | undefined) => selected.push(id),
  };
  return { desk: desk as unknown as Desk, alarms, selected, panels, feed: desk.feed };
}

export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
