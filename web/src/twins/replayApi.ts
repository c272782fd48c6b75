import { MalformedError } from './binary';
import { browserRequest, refusal, withPatience } from './cityApi';

export const replayStates = ['opening', 'playing', 'paused', 'atEnd', 'failed'] as const;
export type ReplayState = (typeof replayStates)[number];

/** A replay as docs/contracts.md §8 has it; times in Unix milliseconds. */
export interface Replay {
  readonly id: string;
  readonly state: ReplayState;
  readonly at: number;
  readonly goal: number | undefined;
  readonly speed: number;
  readonly reachedSpeed: number;
  readonly progress: number | undefined;
  readonly problem: string | undefined;
}

/** What can be returned to, Unix milliseconds. */
export interface PastSpan {
  readonly from: number;
  readonly to: number;
}

export interface ReplayApi {
  /** Impossible where the engine of the city has no way back at all. */
  span(): Promise<PastSpan | 'impossible' | undefined>;
  open(at: number, speed: number): Promise<Replay>;
  status(id: string): Promise<Replay>;
  change(id: string, change: { readonly at?: number; readonly speed?: number }): Promise<Replay>;
  /** Not waited for: also when the page is left, and then nobody is there to wait. */
  close(id: string): void;
}

export function replayApi(root = '/api/v1', request: typeof fetch = browserRequest): ReplayApi {
  const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await request(root + path, {
      method, signal: withPatience(undefined),
      headers: { Accept: 'application/json', ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as Record<string, unknown>;
  };
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    span: async () => {
      const { from, to, isPossible } = await ask('GET', '/time');
      if (isPossible === false) return 'impossible';
      return from && to ? { from: timeOf(from), to: timeOf(to) } : undefined;
    },
    open: async (at, speed) => parseReplay(await ask('POST', '/replays', { at: iso(at), speed })),
    status: async (id) => parseReplay(await ask('GET', `/replays/${id}`)),
    change: async (id, { at, speed }) => parseReplay(await ask('PATCH', `/replays/${id}`, {
      ...(at === undefined ? {} : { at: iso(at) }), ...(speed === undefined ? {} : { speed }),
    })),
    close: (id) => {
      // One that is not closed closes itself after a while.
      void request(`${root}/replays/${id}`, { method: 'DELETE', keepalive: true }).catch(() => undefined);
    },
  };
}

/** The same at every time. */
const timeless = /\/(city|models|scene)(\/|$)/;

/** Asks for the city of a replay while there is one; what is told to the city then is refused there, as it must be. */
export function requestOf(replay: () => string | undefined, request: typeof fetch = browserRequest): typeof fetch {
  return (input, init) => {
    const id = replay();
    if (id === undefined || typeof input !== 'string' || timeless.test(input)) return request(input, init);
    return request(withReplay(input, id), init);
  };
}

export const withReplay = (url: string, id: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}replay=${encodeURIComponent(id)}`;

function parseReplay(said: Record<string, unknown>): Replay {
  const { id, state, goal, progress, problem } = said;
  if (typeof id !== 'string' || !replayStates.includes(state as ReplayState)) {
    throw new MalformedError(`a replay of state ${String(state)}`);
  }
  return {
    id, state: state as ReplayState, at: timeOf(said['at']), goal: goal ? timeOf(goal) : undefined,
    speed: Number(said['speed']), reachedSpeed: Number(said['reachedSpeed']),
    progress: typeof progress === 'number' ? progress : undefined,
    problem: typeof problem === 'string' ? problem : undefined,
  };
}

function timeOf(text: unknown): number {
  const time = Date.parse(String(text));
  if (Number.isNaN(time)) throw new MalformedError(`${String(text)} is no time`);
  return time;
}
