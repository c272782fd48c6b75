import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Feed, type WorkerPort } from '../../src/feed/Feed';
import { initialFeedState, type FeedState } from '../../src/feed/feedState';
import type { FromWorker, ToWorker } from '../../src/feed/messages';

class FakeWorker implements WorkerPort {
  readonly sent: ToWorker[] = [];
  isTerminated = false;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;

  postMessage(message: ToWorker): void {
    this.sent.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  say(data: FromWorker): void {
    this.onmessage?.({ data } as MessageEvent<FromWorker>);
  }
}

let workers: FakeWorker[];
let states: FeedState[];
let summaries: string[];
let feed: Feed;

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  states = [];
  summaries = [];
  feed = new Feed(() => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  }, '/hubs/city', { kinds: ['building'], detail: 'full' }, {
    frame: () => undefined, twin: () => undefined, alarms: (json) => summaries.push(json),
    state: (state) => states.push(state),
  });
});

afterEach(() => {
  feed.dispose();
  vi.useRealTimers();
});

async function pulse(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 1000) {
    workers.at(-1)!.say({ type: 'pulse' });
    await vi.advanceTimersByTimeAsync(1000);
  }
}

describe('Feed', () => {
  it('replaces a worker that says nothing any more, and starts it where the old one was', async () => {
    feed.inspect('b-1');
    workers[0]!.say({ type: 'state', state: { ...initialFeedState(0), phase: 'live', lastFrameAt: 5 } });
    await pulse(60_000);
    expect(workers.length).toBe(1);

    await vi.advanceTimersByTimeAsync(30_000);

    expect(workers[0]!.isTerminated).toBe(true);
    expect(states.at(-1)).toMatchObject({ phase: 'reconnecting', since: 5, reason: 'worker' });
    expect(workers[1]!.sent).toEqual([
      { type: 'start', url: '/hubs/city', watch: { kinds: ['building'], detail: 'full' } },
      { type: 'inspect', id: 'b-1' },
    ]);
  });

  it('does not replace a worker twice for one death', async () => {
    workers[0]!.onerror?.({} as ErrorEvent);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(workers.length).toBe(1);
    await pulse(20_000);
    expect(workers.length).toBe(2);
  });

  it('hands the alarms of the hub to the page', () => {
    workers[0]!.say({ type: 'alarms', json: '{"revision":3}' });
    expect(summaries).toEqual(['{"revision":3}']);
  });

  it('answers each checksum question once, also where no answer comes', async () => {
    const answered = feed.checksum();
    const unanswered = feed.checksum();
    workers[0]!.say({ type: 'checksum', question: 1, answer: '{"epoch":7,"number":3,"members":0,"sum":0,"xor":0}' });
    expect(await answered).toMatchObject({ epoch: 7, number: 3 });
    await pulse(12_000);
    expect(await unanswered).toBeUndefined();
  });
});
