import { MalformedError } from '../twins/binary';
import { decodeFrame, type Frame } from '../twins/frame';
import { backoffMs } from './backoff';
import { initialFeedState, type FeedCounts, type FeedPhase, type FeedState, type WatchRequest } from './feedState';
import { FrameSequence } from './FrameSequence';
import type { Hub, HubFactory } from './hub';

/** The server says something at least every 2 s (docs/contracts.md §2); three missed and it is not there. */
export const SilenceMs = 6_000;
/** A first snapshot may have to be made and to cross a slow line. */
export const SnapshotPatienceMs = 20_000;
export const StartPatienceMs = 10_000;
export const LostAfterMs = 15_000;
/** Only a connection that held this long starts the next back-off from its beginning. */
const StableAfterMs = 10_000;
const TickMs = 500;

export interface FeedEvents {
  /** `connection` goes back with the acknowledgement: what an earlier connection sent is not acknowledged. */
  frame(frame: Frame, connection: number): void;
  twin(json: string): void;
  alarms(json: string): void;
  state(state: FeedState): void;
}

/** Keeps one watch alive for ever: connects, follows, notices gaps and silence, comes back, resumes. */
export class FeedSession {
  readonly #factory: HubFactory;
  readonly #events: FeedEvents;
  readonly #random: () => number;
  readonly #sequence = new FrameSequence();
  #watch: WatchRequest;
  #inspected = '';
  #hub: Hub | undefined;
  #connection = 0;
  #attempt = 0;
  #quietUntil = Infinity;
  #unacknowledged = 0;
  #liveSince = Infinity;
  #lastRewatch = -Infinity;
  #state: FeedState;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;

  constructor(factory: HubFactory, watch: WatchRequest, events: FeedEvents, random: () => number) {
    this.#factory = factory;
    this.#watch = watch;
    this.#events = events;
    this.#random = random;
    this.#state = initialFeedState(Date.now());
  }

  get state(): FeedState {
    return this.#state;
  }

  start(): void {
    this.#tick = setInterval(() => this.#watchClock(), TickMs);
    void this.#connect();
  }

  stop(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#retry);
    this.#connection++;
    void this.#hub?.stop().catch(() => undefined);
    this.#hub = undefined;
  }

  watch(request: WatchRequest): void {
    this.#watch = request;
    this.#sequence.reset();
    this.#unacknowledged = 0;
    if (this.#hub) void this.#sendWatch(this.#hub, this.#connection);
  }

  inspect(id: string): void {
    this.#inspected = id;
    this.#sendQuietly('Inspect', id);
  }

  acknowledge(number: number, connection: number): void {
    if (connection !== this.#connection) return;
    this.#unacknowledged = Math.max(0, this.#unacknowledged - 1);
    // While this page had not acknowledged, the server was right to be silent.
    this.#quietUntil = Math.max(this.#quietUntil, Date.now() + SilenceMs);
    this.#sendQuietly('Ack', number);
  }

  /** The server's checksum answer as JSON; undefined while there is no connection to ask. */
  async checksum(): Promise<string | undefined> {
    try {
      return (await this.#hub?.invoke('Checksum')) as string | undefined;
    } catch {
      // The connection ended while it was asked; the next question goes to the next one.
      return undefined;
    }
  }

  /** What is held cannot be trusted: asks for everything anew. */
  distrust(why: 'mismatches' | 'gaps' | 'malformed'): void {
    this.#count(why);
    this.#sequence.reset();
    this.#unacknowledged = 0;
    const now = Date.now();
    const isRepeated = now - this.#lastRewatch < StableAfterMs;
    this.#lastRewatch = now;
    if (!this.#hub) return;
    // A second time so soon means that asking again does not mend it: back off before it becomes a storm.
    if (isRepeated) this.#end(`${why} again`);
    else void this.#sendWatch(this.#hub, this.#connection);
  }

  async #connect(): Promise<void> {
    const connection = ++this.#connection;
    const hub = this.#factory({
      frame: (bytes) => connection === this.#connection && this.#take(bytes),
      twin: (json) => connection === this.#connection && this.#events.twin(json),
      alarms: (json) => connection === this.#connection && this.#events.alarms(json),
      closed: (reason) => connection === this.#connection && this.#end(reason),
    });
    this.#hub = hub;
    this.#unacknowledged = 0;
    this.#quietUntil = Date.now() + StartPatienceMs;
    try {
      await hub.start();
    } catch (error) {
      if (connection === this.#connection) this.#end(String(error));
      return;
    }
    if (connection !== this.#connection) return;
    this.#count('connections');
    await this.#sendWatch(hub, connection);
    if (connection === this.#connection && this.#inspected) this.#sendQuietly('Inspect', this.#inspected);
  }

  async #sendWatch(hub: Hub, connection: number): Promise<void> {
    const asked = this.#sequence.held;
    this.#quietUntil = Date.now() + SnapshotPatienceMs;
    try {
      const request = asked ? { ...this.#watch, resume: asked } : this.#watch;
      const answer = JSON.parse(String(await hub.invoke('Watch', JSON.stringify(request)))) as { resumed?: boolean };
      if (connection !== this.#connection || !asked) return;
      if (answer.resumed) this.#count('resumed');
      else this.#sequence.notResumed(asked);
    } catch (error) {
      if (connection === this.#connection) this.#end(String(error));
    }
  }

  #take(bytes: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.distrust('malformed');
      return;
    }
    const now = Date.now();
    const verdict = this.#sequence.offer(frame);
    const isWhole = this.#sequence.held !== undefined;
    this.#quietUntil = isWhole ? now + SilenceMs : Math.max(now + SilenceMs, this.#quietUntil);
    if (verdict === 'gap') this.distrust('gaps');
    if (verdict !== 'take') return;
    this.#unacknowledged++;
    this.#events.frame(frame, this.#connection);
    if (isWhole && this.#state.phase !== 'live') this.#liveSince = now;
    if (now - this.#liveSince >= StableAfterMs) this.#attempt = 0;
    const phase: FeedPhase = isWhole ? 'live' : this.#state.phase;
    this.#publish({
      phase,
      since: phase === this.#state.phase ? this.#state.since : now,
      lastFrameAt: now,
      serverTime: frame.serverTime,
      clockOffsetMs: this.#offset(frame.serverTime - now),
      epoch: frame.epoch,
      number: frame.number,
      reason: undefined,
      counts: { ...this.#state.counts, frames: this.#state.counts.frames + 1 },
    });
  }

  // A sample is the offset less the time on the way, so that the highest is the best; the slow fall follows a drift.
  #offset(sample: number): number {
    const known = this.#state.clockOffsetMs;
    if (this.#state.serverTime === undefined || sample > known) return sample;
    return known + (sample - known) * 0.02;
  }

  #watchClock(): void {
    const now = Date.now();
    const isWaiting = this.#hub !== undefined && this.#unacknowledged === 0;
    if (isWaiting && now > this.#quietUntil) {
      this.#count('silences');
      this.#end('silence');
    }
    const { phase, since } = this.#state;
    if ((phase === 'reconnecting' || phase === 'connecting') && now - since >= LostAfterMs) {
      this.#publish({ ...this.#state, phase: 'lost' });
    }
  }

  #end(reason: string): void {
    const hub = this.#hub;
    this.#hub = undefined;
    this.#connection++;
    this.#liveSince = Infinity;
    this.#quietUntil = Infinity;
    void hub?.stop().catch(() => undefined);
    const state = this.#state;
    this.#publish(state.phase === 'live'
      ? { ...state, phase: 'reconnecting', since: state.lastFrameAt ?? Date.now(), reason }
      : { ...state, reason });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), backoffMs(this.#attempt++, this.#random));
  }

  #sendQuietly(method: string, argument: unknown): void {
    // A failed send means that the connection has ended, which is told by its close.
    void this.#hub?.send(method, argument).catch(() => undefined);
  }

  #count(name: keyof FeedCounts): void {
    this.#publish({ ...this.#state, counts: { ...this.#state.counts, [name]: this.#state.counts[name] + 1 } });
  }

  #publish(state: FeedState): void {
    this.#state = state;
    this.#events.state(state);
  }
}
