import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replayApi, requestOf, type ReplayState } from '../../../src/twins/replayApi';
import { TimeTravel, WallPatienceMs } from '../../../src/workplaces/time/TimeTravel';

const Nine = Date.UTC(2026, 10, 21, 9);
const HourMs = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();

/** The server's side of docs/contracts.md §8, as far as the page sees it. */
class FakeReplays {
  readonly said: string[] = [];
  state: ReplayState = 'opening';
  at = Nine;
  speed = 0;
  open: string | undefined;
  refusal: { status: number; detail: string } | undefined;
  isImpossible = false;
  #count = 0;

  readonly request: typeof fetch = async (input, init) => {
    const path = String(input).replace('/api/v1', '');
    const method = init?.method ?? 'GET';
    const body = init?.body ? (JSON.parse(String(init.body)) as { at?: string; speed?: number }) : undefined;
    if (method !== 'GET') this.said.push(`${method} ${path}${body ? ` ${JSON.stringify(body)}` : ''}`);
    if (path === '/time' && this.isImpossible) return Response.json({ from: null, to: null, isPossible: false });
    if (path === '/time') return Response.json({ from: iso(Nine - HourMs), to: iso(Nine + HourMs) });
    if (this.refusal) return Response.json({ detail: this.refusal.detail }, { status: this.refusal.status });
    if (method === 'DELETE') {
      this.open = undefined;
      return new Response(undefined, { status: 204 });
    }
    if (method === 'POST') {
      this.open = `r${++this.#count}`;
      this.state = 'opening';
    } else if (path !== `/replays/${this.open}`) {
      return Response.json({ detail: 'none' }, { status: 404 });
    }
    if (body?.at) this.at = Date.parse(body.at);
    if (body?.speed !== undefined) this.speed = body.speed;
    return Response.json({
      id: this.open, state: this.state, at: iso(this.at), goal: this.state === 'opening' ? iso(this.at) : null,
      speed: this.speed, reachedSpeed: 0, progress: this.state === 'opening' ? 0.4 : null, problem: null,
    });
  };
}

describe('time travel', () => {
  let server: FakeReplays;
  let moves: (string | undefined)[];
  let isWall: boolean;
  let search: string;
  let travel: TimeTravel;
  const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  const make = (): TimeTravel => new TimeTravel(replayApi('/api/v1', server.request), {
    moved: (replay) => moves.push(replay), changed: () => undefined, isWall: () => isWall,
  }, {
    location: { get search() { return search; }, pathname: '/', hash: '#lang=en' },
    history: { replaceState: (_, __, url) => (search = /\?[^#]*/.exec(url)?.[0] ?? '') },
  });

  beforeEach(() => {
    vi.useFakeTimers({ now: Nine + 2 * HourMs });
    server = new FakeReplays();
    moves = [];
    isWall = false;
    search = '';
    travel = make();
  });

  afterEach(() => {
    travel.dispose();
    vi.useRealTimers();
  });

  it('knows a city that keeps no past from one that has none yet', async () => {
    server.isImpossible = true;
    travel = make();
    travel.open(true);
    await later(0);
    expect([travel.isImpossible, travel.span]).toEqual([true, undefined]);
    server.isImpossible = false;
    await later(20_000);
    expect([travel.isImpossible, travel.span?.from]).toEqual([false, Nine - HourMs]);
    travel.dispose();
  });

  it('shows the living city until the past is there, and tells how far that is', async () => {
    void travel.goTo(Nine);
    await later(1_500);
    expect(travel.isPast).toBe(false);
    expect([travel.goal, travel.replay?.progress]).toEqual([Nine, 0.4]);
    expect(travel.waitedMs).toBeGreaterThanOrEqual(1_500);
    expect(moves).toEqual([]);

    server.state = 'paused';
    await later(400);
    expect(travel.isPast).toBe(true);
    expect(moves).toEqual(['r1']);
    expect(search).toBe('?at=2026-11-21T09:00:00Z');
  });

  it('plays, goes elsewhere on the same replay and comes back to what is now', async () => {
    server.state = 'paused';
    void travel.goTo(Nine);
    await later(10);
    server.state = 'paused';
    await later(400);
    server.state = 'playing';
    void travel.play(60);
    await later(10);
    expect([travel.isPlaying, search]).toEqual([true, '?at=2026-11-21T09:00:00Z&speed=60']);

    server.at = Nine + 60_000;
    await later(1_200);
    expect(search).toBe('?at=2026-11-21T09:01:00Z&speed=60');
    void travel.goTo(Nine - 60_000);
    await later(10);
    travel.toLive();
    await later(10);
    expect([travel.isPast, travel.replay, search]).toEqual([false, undefined, '']);
    expect(moves).toEqual(['r1', undefined]);
    expect(server.said).toEqual([
      `POST /replays {"at":"${iso(Nine)}","speed":0}`, 'PATCH /replays/r1 {"speed":60}',
      `PATCH /replays/r1 {"at":"${iso(Nine - 60_000)}","speed":60}`, 'DELETE /replays/r1',
    ]);
  });

  it('keeps to what can be returned to', async () => {
    travel.open(true);
    await later(10);
    void travel.goTo(Nine - 5 * HourMs);
    await later(10);
    expect(server.said).toEqual([`POST /replays {"at":"${iso(Nine - HourMs)}","speed":0}`]);
  });

  it('opens a link to an instant, and says why where it cannot', async () => {
    search = '?at=2026-11-21T08:30:00Z&speed=600';
    server.refusal = { status: 503, detail: 'as many as 4 replays are open' };
    travel.start();
    await later(10);
    expect([travel.isPast, travel.isOpen, travel.failure]).toEqual([false, true, 'as many as 4 replays are open']);
    expect(search).toBe('');

    server.refusal = undefined;
    search = '?at=2026-11-21T08:30:00Z&speed=600';
    travel.start();
    await later(10);
    expect(server.said.at(-1)).toBe('POST /replays {"at":"2026-11-21T08:30:00.000Z","speed":600}');
    expect(travel.failure).toBeUndefined();
  });

  it('asks for another replay where the server has closed the one it shows', async () => {
    void travel.goTo(Nine);
    await later(10);
    server.state = 'paused';
    await later(400);
    server.open = undefined;
    await later(1_200);
    server.state = 'paused';
    await later(1_200);
    expect(server.said.filter((one) => one.startsWith('POST'))).toHaveLength(2);
    expect([travel.isPast, moves]).toEqual([true, ['r1', 'r2']]);
  });

  it('closes what was opened in vain', async () => {
    void travel.goTo(Nine);
    travel.toLive();
    await later(10);
    expect(server.said.at(-1)).toBe('DELETE /replays/r1');
    expect([travel.isPast, moves]).toEqual([false, []]);
  });

  it('brings a wall that nobody touches back to what is now, and a desk never', async () => {
    isWall = true;
    void travel.goTo(Nine);
    await later(10);
    server.state = 'playing';
    await later(400);
    await later(WallPatienceMs - 60_000);
    travel.touched();
    await later(WallPatienceMs - 60_000);
    expect(travel.isPast).toBe(true);
    await later(60_400);
    expect([travel.isPast, moves.at(-1)]).toEqual([false, undefined]);

    isWall = false;
    void travel.goTo(Nine);
    await later(10);
    server.state = 'playing';
    await later(3 * WallPatienceMs);
    expect(travel.isPast).toBe(true);
  });

  it('asks every question of the replay, and what is the same at every time as ever', async () => {
    const asked: string[] = [];
    let replay: string | undefined;
    const request = requestOf(() => replay, async (input) => {
      asked.push(String(input));
      return new Response();
    });
    await request('/api/v1/alarms?limit=1');
    replay = 'r1';
    await request('/api/v1/alarms?limit=1');
    await request('/api/v1/twins/l-1');
    await request('/api/v1/scene/building');
    await request('/api/v1/city');
    expect(asked).toEqual([
      '/api/v1/alarms?limit=1', '/api/v1/alarms?limit=1&replay=r1', '/api/v1/twins/l-1?replay=r1',
      '/api/v1/scene/building', '/api/v1/city',
    ]);
  });
});
