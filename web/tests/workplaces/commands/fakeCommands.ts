import { Language } from '../../../src/i18n/Language';
import type { Locale } from '../../../src/i18n/texts';
import { commandApi } from '../../../src/twins/commandApi';
import type { Models } from '../../../src/twins/cityTypes';
import { alarmApi } from '../../../src/twins/alarmApi';
import { AlarmBook } from '../../../src/workplaces/alarms/AlarmBook';
import { Operator } from '../../../src/workplaces/alarms/Operator';
import { CommandBook } from '../../../src/workplaces/commands/CommandBook';
import type { Desk } from '../../../src/workplaces/desk';

const text = (word: string) => ({ en: word, ru: `${word}-ru`, kk: `${word}-kk` });

export const models: Models = {
  models: [
    {
      id: 'cabinet', index: 2, kind: 'lightingCabinet', displayName: text('Cabinet'), summary: [], properties: [],
      commandSchemas: [{
        name: 'setContactor', displayName: text('Switch contactor'), confirmedBy: 'contactorClosed',
        request: { name: 'closed', displayName: text('Contactor closed'), schema: 'boolean' },
      }],
    },
    {
      id: 'light', index: 1, kind: 'streetlight', displayName: text('Light'), summary: [], properties: [],
      commandSchemas: [{
        name: 'setDimLevel', displayName: text('Set light level'), confirmedBy: 'dimLevelPercent',
        request: { name: 'percent', displayName: text('Level'), schema: 'double', minimum: 0, maximum: 100 },
      }],
    },
    {
      id: 'meter', index: 3, kind: 'utilityMeter', displayName: text('Meter'), summary: [], properties: [],
      commandSchemas: [
        { name: 'readNow', displayName: text('Read now'), request: null },
        {
          name: 'setValve', displayName: text('Set valve'),
          request: {
            name: 'state', displayName: text('state'), schema: 'enum',
            enumValues: [{ name: 'open', displayName: text('open') }, { name: 'closed', displayName: text('closed') }],
          },
        },
      ],
    },
  ],
};

const none = {
  queued: 0, sent: 0, delivered: 0, confirmed: 0, failed: 0, expired: 0, refused: 0, cancelled: 0,
};

/** As the server writes it. */
export const order = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'o-1', name: 'setDimLevel', payload: 40, by: 'aigul', reason: 'storm', state: 'running',
  placedAt: '2026-11-21T08:55:00Z', deadline: '2026-11-21T09:25:00Z', until: null, endedAt: null, stage: 1, stages: 2,
  total: 40, counts: { ...none, queued: 20, sent: 5, delivered: 5, confirmed: 8, failed: 2 }, done: 8, notDone: 2,
  confirmedBy: { property: 'dimLevelPercent', value: 40, tolerance: 2 }, ...change,
});

export const preview = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  text: '…', count: 40, stages: 2, payload: 40, districts: {}, models: {}, twins: [], withoutDeviceCount: 1,
  withoutDevice: ['l-9'], notReachableCount: 3,
  notReachable: [{ twin: 'l-7', why: 'the device is offline' }, { twin: 'l-8', why: 'the device is offline' }],
  superseded: 4, confirmedBy: { property: 'dimLevelPercent', value: 40, tolerance: 2 }, ...change,
});

/** A server of orders behind a `fetch`: what it was told is kept, what it is to answer is set. */
export class FakeCommandServer {
  readonly asked: string[] = [];
  readonly posts: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  orders: unknown[] = [];
  notDone: unknown[] = [];
  preview = preview();
  refusal: { status: number; detail: string } | undefined;

  readonly request: typeof fetch = async (input, init) => {
    const path = String(input).replace('/api/v1', '');
    if (this.refusal) return new Response(JSON.stringify({ detail: this.refusal.detail }), this.refusal);
    if (init?.method === 'POST') {
      this.posts.push({ path, body: JSON.parse(String(init.body)) as Record<string, unknown> });
      if (path.endsWith('/preview')) return Response.json(this.preview);
      if (path.endsWith('/cancel')) return Response.json(order({ state: 'cancelled' }));
      const placed = order({ id: this.posts.at(-1)!.body['id'] });
      this.orders = [placed, ...this.orders];
      return Response.json(placed);
    }
    this.asked.push(path);
    return Response.json(path.includes('/not-done')
      ? { id: 'o-1', count: this.notDone.length, twins: this.notDone, next: null }
      : { open: 1, orders: this.orders, next: null });
  };
}

/** A desk with orders and nothing else; a change shows the panels again, as the workplace does. */
export function deskWith(
  server: FakeCommandServer, options: { locale?: Locale; isPast?: boolean; wall?: boolean } = {},
) {
  const selected: (string | undefined)[] = [];
  const panels: { refresh(): void }[] = [];
  const changed = (): void => panels.forEach((panel) => panel.refresh());
  const alarms = new AlarmBook(alarmApi('/api/v1', server.request), new Operator(undefined), changed);
  const commands = new CommandBook(commandApi('/api/v1', server.request), alarms, changed);
  const time = { isPast: options.isPast ?? false };
  const desk = {
    language: new Language(options.locale ?? 'en'), alarms, commands, models, time,
    viewState: { view: { wall: options.wall ?? false } },
    city: { districts: [{ id: 'd-1', name: text('Almaly') }, { id: 'd-2', name: text('Medeu') }] },
    now: () => Date.now(), select: (id: string | undefined) => selected.push(id),
  };
  return { desk: desk as unknown as Desk, alarms, commands, selected, panels, time };
}
