import { describe, expect, it } from 'vitest';
import { alarmApi } from '../../src/twins/alarmApi';
import { parseAlarmList, parseAlarmSummary, parseEntries, parseJournal, parseKpi } from '../../src/twins/alarms';
import { MalformedError } from '../../src/twins/binary';
import { bannerJson, entry, FakeAlarmServer, incident, summaryJson } from '../workplaces/alarms/fakeAlarms';

const counts = { critical: 0, high: 2, medium: 5, low: 3, unacknowledged: 4 };

describe('an alarm list', () => {
  it('is read with times as numbers, and without what is not given', () => {
    const entries = [entry({ acknowledgedAt: null, value: 0 }), incident()];
    const list = parseAlarmList({ revision: 12, counts, entries });
    expect(list).toMatchObject({ revision: 12, unreadable: 0, counts: { high: 2, shelved: 0 } });
    expect(list.entries[0]).toMatchObject({ id: 'm-12-e:OUTAGE', value: 0, raisedAt: Date.UTC(2026, 10, 21, 8, 55) });
    expect(list.entries[0]).not.toHaveProperty('acknowledgedAt');
    expect(list.entries[1]).toMatchObject({ kind: 'incident', members: 37, firstOut: 'm-12-e' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['of an unknown state', { state: 'dreaming' }], ['of an unknown priority', { priority: 'urgent' }],
    ['without an id', { id: '' }], ['without a time', { raisedAt: 'soon' }], ['without a twin', { twin: undefined }],
    ['of an unknown kind', { kind: 'rumour' }], ['with a time that is none', { returnedAt: 'x' }],
    ['with a count that is none', { activations: 'many' }],
  ])('counts an entry %s, and shows the others', (_, change) => {
    const { entries, unreadable } = parseEntries([entry(change), entry()]);
    expect([entries.length, unreadable]).toEqual([1, 1]);
  });

  it.each([undefined, null, 7, [], {}, { revision: 1 }, { revision: 1, counts, entries: {} },
    { revision: NaN, counts, entries: [] }])('is refused as a whole where it is %j', (given) => {
    expect(() => parseAlarmList(given)).toThrow(MalformedError);
  });

  it('shows another language rather than nothing', () => {
    const { entries } = parseEntries([entry({ text: { ru: 'Нет подачи' }, twinName: undefined })]);
    expect(entries[0]!.text).toEqual({ en: 'Нет подачи', ru: 'Нет подачи', kk: 'Нет подачи' });
    expect(entries[0]!.twinName.kk).toBe('m-12-e');
  });
});

describe('the hub’s summary', () => {
  it('is read with its banner and without', () => {
    expect(parseAlarmSummary(summaryJson())).toEqual({
      revision: 12, banner: undefined, counts: { critical: 1, high: 2, medium: 5, low: 3, unacknowledged: 4 },
    });
    expect(parseAlarmSummary(summaryJson({ banner: null })).banner).toBeUndefined();
    expect(parseAlarmSummary(summaryJson({ banner: bannerJson })).banner)
      .toMatchObject({ code: 'SEISMIC_EVENT', at: Date.UTC(2026, 10, 21, 8, 59) });
  });

  it.each(['', 'null', '[]', '{"revision":1}', summaryJson({ high: '2' }), summaryJson({ banner: { code: 'X' } })])(
    'is refused as %j', (json) => expect(() => parseAlarmSummary(json)).toThrow(MalformedError));
});

describe('the journal and the indicators', () => {
  it('are read', () => {
    const one = {
      sequence: 1, at: '2026-11-21T08:00:00Z', recordedAt: '2026-11-21T08:00:01Z', alarm: 'm:OUTAGE', twin: 'm',
      code: 'OUTAGE', event: 'raised', from: 'normal', to: 'unackActive', by: null,
    };
    expect(parseJournal({ entries: [one] })[0]).toEqual(
      { sequence: 1, at: Date.UTC(2026, 10, 21, 8), alarm: 'm:OUTAGE', twin: 'm', code: 'OUTAGE', event: 'raised' });
    expect(() => parseJournal({ entries: [{ ...one, at: '' }] })).toThrow(MalformedError);
    expect(parseKpi({ items: [{ id: 'a', value: null }], topSources: [], prioritySplit: {} })).toMatchObject(
      { items: [{ id: 'a', value: undefined, isMet: undefined }], prioritySplit: { critical: 0, low: 0 } });
    expect(() => parseKpi({ items: [] })).toThrow(MalformedError);
  });
});

describe('the interface', () => {
  it('asks by filter, and writes ids so that nothing in them is taken for a path', async () => {
    const server = new FakeAlarmServer();
    const api = alarmApi('/api/v1', server.request);
    await api.list({ priority: 'high', district: '', state: 'shelved' }, 200);
    await api.ofTwin('a/b');
    await api.incident('fd:1/2');
    await api.journal('m 1', 50);
    await api.kpi();
    expect(server.asked).toEqual(['/alarms?limit=200&priority=high&state=shelved', '/twins/a%2Fb/alarms',
      '/incidents/fd%3A1%2F2', '/alarms/journal?limit=50&twin=m+1', '/alarms/kpi']);
    await api.act('alarm', 'm-1:A/B', 'out-of-service', { by: 'Aigul', reason: 'repair' });
    await api.act('incident', 'fd:1', 'acknowledge', { by: 'Aigul' });
    expect(server.posts).toEqual([
      { path: '/alarms/m-1%3AA%2FB/out-of-service', body: { by: 'Aigul', reason: 'repair' } },
      { path: '/incidents/fd%3A1/acknowledge', body: { by: 'Aigul' } },
    ]);
  });

  it('says what the server says against it', async () => {
    const server = new FakeAlarmServer();
    server.refusal = { status: 409, detail: 'Already acknowledged.' };
    await expect(alarmApi('/api/v1', server.request).act('alarm', 'x', 'reset', { by: 'A' }))
      .rejects.toMatchObject({ status: 409, message: 'Already acknowledged.' });
  });
});
