import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AlarmBook } from '../../../src/workplaces/alarms/AlarmBook';
import { RestMs } from '../../../src/workplaces/alarms/Asked';
import { bannerJson, deskWith, entry, FakeAlarmServer, Now, settle, summaryJson } from './fakeAlarms';

let server: FakeAlarmServer;
let book: AlarmBook;

beforeEach(() => {
  vi.useFakeTimers({ now: Now });
  server = new FakeAlarmServer();
  book = deskWith(server).alarms;
});

afterEach(() => {
  book.dispose();
  vi.useRealTimers();
});

describe('AlarmBook', () => {
  it('counts by what the hub says, and asks for no list that nobody looks at', async () => {
    expect(book.counts).toBeUndefined();
    book.take(summaryJson());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(book.counts).toMatchObject({ high: 2, unacknowledged: 4 });
    expect(server.asked).toEqual([]);
  });

  it('asks again when the hub says so, but in a storm of changes not more often than it can be read', async () => {
    book.open(true);
    await settle();
    expect(server.asked.length).toBe(1);
    for (let i = 0; i < 100; i++) {
      book.take(summaryJson({ revision: 13 + i }));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(server.asked.length).toBeGreaterThanOrEqual(10_000 / RestMs - 1);
    expect(server.asked.length).toBeLessThanOrEqual(10_000 / RestMs + 2);
  });

  it('keeps what it had when the server fails, and says since when and why', async () => {
    server.entries = [entry()];
    book.open(true);
    await settle();
    server.refusal = { status: 503, detail: 'starting' };
    book.retry();
    await settle();
    expect(book.active.value?.entries.length).toBe(1);
    expect(book.active.failure).toBe('starting');
    expect(book.active.answeredAt).toBeLessThanOrEqual(Now + 2);
    server.refusal = undefined;
    book.retry();
    await settle();
    expect(book.active.failure).toBeUndefined();
  });

  it('is not misled by a summary that it cannot read, and looks for itself', async () => {
    book.take(summaryJson());
    book.open(true);
    await settle();
    const asked = server.asked.length;
    book.take('{"revision":"?"}');
    await vi.advanceTimersByTimeAsync(RestMs + 1);
    expect(book.counts).toMatchObject({ high: 2 });
    expect(server.asked.length).toBe(asked + 1);
  });

  it('asks for those set aside by their states, with the filter', async () => {
    server.entries = [
      entry({ id: 'a', state: 'shelved' }), entry({ id: 'b' }), entry({ id: 'c', state: 'outOfService' }),
    ];
    book.open(true);
    book.choose('setAside');
    book.narrow({ priority: 'high' });
    await settle();
    expect(book.setAside.value?.entries.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(server.asked.at(-1)).toBe('/alarms?limit=200&priority=high&state=outOfService');
  });

  it('drops the answer to a filter that was changed meanwhile', async () => {
    book.open(true);
    book.narrow({ district: 'd-1' });
    server.entries = [entry()];
    book.narrow({ district: '' });
    await settle();
    expect(server.asked.at(-1)).toBe('/alarms?limit=200');
    expect(book.active.waitingSince).toBeUndefined();
  });

  it('loses the banner by acknowledging alone, and shows the next one', async () => {
    book.operator.name = 'Aigul';
    book.take(summaryJson({ banner: bannerJson }));
    server.refusal = { status: 409, detail: 'no' };
    await expect(book.acknowledgeBanner(book.banner!)).rejects.toThrow('no');
    expect(book.banner).toBeDefined();
    server.refusal = undefined;
    await book.acknowledgeBanner(book.banner!);
    expect(server.posts).toEqual([{ path: '/alarms/seis-1%3ASEISMIC_EVENT/acknowledge', body: { by: 'Aigul' } }]);
    expect(book.banner).toBeUndefined();
    book.take(summaryJson({ banner: bannerJson }));
    expect(book.banner).toBeUndefined();
    book.take(summaryJson({ banner: { ...bannerJson, at: '2026-11-21T09:30:00Z' } }));
    expect(book.banner).toBeDefined();
  });
});
