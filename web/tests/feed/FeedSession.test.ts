import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FeedSession, LostAfterMs, SilenceMs, SnapshotPatienceMs } from '../../src/feed/FeedSession';
import type { FeedState } from '../../src/feed/feedState';
import type { Frame } from '../../src/twins/frame';
import { seeded } from '../twins/encoding';
import { FakeHub } from './fakeHub';

const Start = Date.UTC(2026, 10, 21, 9);
const BackoffMaxMs = 15_000;

let hub: FakeHub;
let session: FeedSession;
let frames: { frame: Frame; connection: number }[];
let states: FeedState[];
let summaries: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: Start });
  hub = new FakeHub();
  frames = [];
  states = [];
  summaries = [];
  session = new FeedSession(hub.factory, { kinds: ['streetlight'], detail: 'full' }, {
    // As the page does, which is never slow here.
    frame: (frame, connection) => {
      frames.push({ frame, connection });
      session.acknowledge(frame.number, connection);
    },
    twin: () => undefined,
    alarms: (json) => summaries.push(json),
    state: (state) => states.push(state),
  }, seeded(1));
});

afterEach(() => {
  session.stop();
  vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

async function goLive(): Promise<void> {
  session.start();
  await settle();
  hub.newest.snapshot(10);
}

/** Time passes while the server says what it always says. */
async function beat(milliseconds: number, from: number): Promise<number> {
  let number = from;
  for (let passed = 0; passed < milliseconds; passed += 2000) {
    hub.newest.delta(++number);
    await vi.advanceTimersByTimeAsync(2000);
  }
  return number;
}

const numbers = (): number[] => frames.map(({ frame }) => frame.number);

describe('FeedSession', () => {
  it('is live only once a whole snapshot has come', async () => {
    session.start();
    await settle();
    expect(hub.newest.watches).toEqual([{ kinds: ['streetlight'], detail: 'full' }]);
    expect(session.state.phase).toBe('connecting');

    hub.newest.push({ type: 1, flags: 1, epoch: 7, number: 10, previous: 0, members: 0 });
    hub.newest.push({ type: 1, flags: 0, epoch: 7, number: 10, previous: 10, members: 0 });
    expect(session.state.phase).toBe('connecting');
    hub.newest.push({ type: 1, flags: 2, epoch: 7, number: 10, previous: 10, members: 0 });

    expect(session.state).toMatchObject({ phase: 'live', since: Start, epoch: 7, number: 10 });
    expect(hub.newest.acknowledged).toEqual([10, 10, 10]);
  });

  it('drops what is still coming of an old watch until the snapshot begins', async () => {
    session.start();
    await settle();
    hub.newest.delta(5);
    hub.newest.push({ type: 1, flags: 2, epoch: 7, number: 5, previous: 5, members: 0 });
    expect(frames).toEqual([]);
    hub.newest.snapshot(6);
    hub.newest.delta(7);
    expect(numbers()).toEqual([6, 7]);
    expect(session.state.counts.gaps).toBe(0);
  });

  it('watches anew, without resuming, after a gap', async () => {
    await goLive();
    hub.newest.delta(11);
    hub.newest.delta(13);
    hub.newest.delta(14);
    await settle();

    expect(numbers()).toEqual([10, 11]);
    expect(hub.connections.length).toBe(1);
    expect(hub.newest.watches.length).toBe(2);
    expect(hub.newest.watches[1]!.resume).toBeUndefined();
    hub.newest.snapshot(20);
    hub.newest.delta(21);
    expect(numbers()).toEqual([10, 11, 20, 21]);
    expect(session.state).toMatchObject({ phase: 'live', counts: { gaps: 1 } });
  });

  it('takes a frame that comes twice for a gap, and not for news', async () => {
    await goLive();
    hub.newest.delta(11);
    hub.newest.delta(11, 10);
    expect(session.state.counts.gaps).toBe(1);
    expect(numbers()).toEqual([10, 11]);
  });

  it('leaves a connection that keeps breaking its own sequence', async () => {
    await goLive();
    hub.newest.delta(13);
    await settle();
    hub.newest.snapshot(20);
    hub.newest.delta(25);
    expect(hub.newest.isStopped).toBe(true);
    await vi.advanceTimersByTimeAsync(BackoffMaxMs);
    expect(hub.connections.length).toBe(2);
  });

  it('treats a malformed frame as a lost one', async () => {
    await goLive();
    hub.newest.pushBytes(Uint8Array.of(1, 2, 3));
    await settle();
    expect(session.state.counts.malformed).toBe(1);
    expect(hub.newest.watches.length).toBe(2);
  });

  it('comes back and resumes where it was', async () => {
    await goLive();
    hub.newest.delta(11);
    hub.resumes = true;
    hub.newest.close();
    expect(session.state).toMatchObject({ phase: 'reconnecting', since: Start });

    await vi.advanceTimersByTimeAsync(500);
    expect(hub.connections.length).toBe(2);
    expect(hub.newest.watches).toEqual([{ kinds: ['streetlight'], detail: 'full', resume: { epoch: 7, number: 11 } }]);
    expect(session.state.phase).toBe('reconnecting');
    hub.newest.delta(15, 11);

    expect(numbers()).toEqual([10, 11, 15]);
    expect(session.state).toMatchObject({ phase: 'live', counts: { resumed: 1, gaps: 0 } });
  });

  it('does not acknowledge on one connection what came on another', async () => {
    await goLive();
    const [first] = frames;
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(500);
    session.acknowledge(first!.frame.number, first!.connection);
    expect(hub.newest.acknowledged).toEqual([]);
  });

  it('takes a snapshot of another epoch when the server cannot resume', async () => {
    await goLive();
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(500);
    expect(hub.newest.watches[0]!.resume).toEqual({ epoch: 7, number: 10 });
    hub.newest.delta(11);
    hub.newest.snapshot(1, 8);
    hub.newest.delta(2, 1, 8);

    expect(numbers()).toEqual([10, 1, 2]);
    expect(session.state).toMatchObject({ phase: 'live', epoch: 8, number: 2, counts: { resumed: 0, gaps: 0 } });
  });

  it('does not mind a snapshot that overtakes the answer to its watch', async () => {
    await goLive();
    hub.newest.close();
    hub.answersWatch = false;
    await vi.advanceTimersByTimeAsync(500);
    hub.newest.snapshot(30, 8);
    hub.newest.delta(31, 30, 8);
    expect(numbers()).toEqual([10, 30, 31]);
  });

  it('takes a delta of another epoch for a gap', async () => {
    await goLive();
    hub.newest.delta(11, 10, 8);
    expect(session.state.counts.gaps).toBe(1);
  });

  it('takes silence for a lost connection even if the socket lives', async () => {
    await goLive();
    const number = await beat(20_000, 10);
    expect(hub.connections.length).toBe(1);
    const lastFrameAt = session.state.lastFrameAt;

    await vi.advanceTimersByTimeAsync(SilenceMs + 1000);

    expect(hub.connections[0]!.isStopped).toBe(true);
    expect(session.state).toMatchObject({ phase: 'reconnecting', since: lastFrameAt, counts: { silences: 1 } });
    expect(hub.newest.watches[0]!.resume).toEqual({ epoch: 7, number });
  });

  it('waits longer for a first snapshot', async () => {
    session.start();
    await settle();
    await vi.advanceTimersByTimeAsync(SnapshotPatienceMs - 1000);
    expect(hub.connections.length).toBe(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(session.state.counts.silences).toBe(1);
  });

  it('does not blame the server for the silence of a page that has not acknowledged', async () => {
    const slow = new FakeHub();
    const taken: number[] = [];
    const patient = new FeedSession(slow.factory, { kinds: [], detail: 'full' }, {
      frame: (_, connection) => taken.push(connection), twin: () => undefined, alarms: () => undefined,
      state: () => undefined,
    }, seeded(2));
    patient.start();
    await settle();
    slow.newest.snapshot(10);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(patient.state.phase).toBe('live');

    patient.acknowledge(10, taken[0]!);
    await vi.advanceTimersByTimeAsync(SilenceMs - 1000);
    expect(patient.state.phase).toBe('live');
    await vi.advanceTimersByTimeAsync(2000);
    expect(patient.state).toMatchObject({ phase: 'lost', since: Start, counts: { silences: 1 } });
    patient.stop();
  });

  it('never gives up, and waits no longer than the cap', async () => {
    await goLive();
    hub.refuses = true;
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(3_600_000);
    const tries = hub.connections.length;
    expect(tries).toBeGreaterThan(3600 / 15 - 1);
    expect(tries).toBeLessThan(3600 / 7);
    expect(session.state).toMatchObject({ phase: 'lost', since: Start });

    hub.refuses = false;
    await vi.advanceTimersByTimeAsync(BackoffMaxMs);
    hub.newest.snapshot(90);
    expect(session.state.phase).toBe('live');
  });

  it('calls a connection lost after a while, also one that never was', async () => {
    hub.refuses = true;
    session.start();
    await vi.advanceTimersByTimeAsync(LostAfterMs - 1000);
    expect(session.state.phase).toBe('connecting');
    await vi.advanceTimersByTimeAsync(2000);
    expect(session.state).toMatchObject({ phase: 'lost', since: Start });
  });

  it('backs off as far as it was while connections do not hold, and starts anew after one that did', async () => {
    await goLive();
    for (let i = 0; i < 6; i++) {
      hub.newest.close();
      await vi.advanceTimersByTimeAsync(BackoffMaxMs);
      hub.newest.snapshot(100 + i);
    }
    const before = hub.connections.length;
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(2000);
    expect(hub.connections.length).toBe(before);
    await vi.advanceTimersByTimeAsync(BackoffMaxMs);
    hub.newest.snapshot(200);
    await beat(14_000, 200);
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(500);
    expect(hub.connections.length).toBe(before + 2);
  });

  it('asks for the inspected twin again on a new connection', async () => {
    await goLive();
    session.inspect('b-000017');
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(500);
    await settle();
    expect(hub.newest.calls).toContainEqual({ method: 'Inspect', argument: 'b-000017' });
  });

  it('passes on what the hub says of the alarms, and nothing of a connection that has ended', async () => {
    await goLive();
    const first = hub.newest;
    first.alarms('{"revision":1}');
    first.close();
    first.alarms('{"revision":2}');
    expect(summaries).toEqual(['{"revision":1}']);
  });

  it('estimates the server’s clock by the fastest frames', async () => {
    session.start();
    await settle();
    const say = (number: number, onTheWayMs: number): void => hub.newest.push({
      type: number === 1 ? 1 : 2, epoch: 7, number, previous: number - 1, members: 0,
      serverTime: Date.now() + 90_000 - onTheWayMs,
    });
    [400, 30, 900, 20, 3000].forEach((delay, i) => say(i + 1, delay));
    expect(session.state.clockOffsetMs).toBeGreaterThan(89_900);
    expect(session.state.clockOffsetMs).toBeLessThanOrEqual(90_000);
  });

  it('says nothing more once it is stopped', async () => {
    await goLive();
    session.stop();
    const count = states.length;
    hub.newest.delta(11);
    hub.newest.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states.length).toBe(count);
    expect(hub.connections.length).toBe(1);
  });
});
