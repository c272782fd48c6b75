import { ApiError } from '../../twins/cityApi';
import type { PastSpan, Replay, ReplayApi } from '../../twins/replayApi';
import { clamp, formatLink, parseLink, type TimeLink } from './timeScale';

const PollMs = 1_000;
/** While it is on its way, so that progress moves. */
const OpeningPollMs = 200;
const SpanPollMs = 10_000;
/** A wall that nobody touches goes back to what is now: nobody may take the past for it. */
export const WallPatienceMs = 10 * 60_000;

export interface TravelEvents {
  /** Another city is to be shown: the living one where there is no id. */
  moved(replay: string | undefined): void;
  changed(): void;
  isWall(): boolean;
}

/** The part of a window that is used, so that a test can stand in for it. */
export interface Address {
  readonly location: { readonly search: string; readonly pathname: string; readonly hash: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
}

/** Which time of the city the page is in. The server plays; this asks it to and keeps up with where it is. */
export class TimeTravel {
  readonly #api: ReplayApi;
  readonly #events: TravelEvents;
  readonly #address: Address;
  #span: PastSpan | undefined;
  #isImpossible = false;
  #replay: Replay | undefined;
  /** What was asked for last; also what is opened anew where the server has closed it. */
  #wanted: TimeLink | undefined;
  #turn = 0;
  #isShown = false;
  #isOpen = false;
  #heardAt = -Infinity;
  #askedAt = 0;
  #touchedAt = Date.now();
  #spanAt = -Infinity;
  #failure: string | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  #isAsking = false;

  constructor(api: ReplayApi, events: TravelEvents, address: Address) {
    this.#api = api;
    this.#events = events;
    this.#address = address;
    this.#timer = setInterval(() => void this.#tick(), OpeningPollMs);
  }

  /** Whether what is shown is the past. */
  get isPast(): boolean {
    return this.#isShown;
  }

  /** Whether the bar is shown. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get span(): PastSpan | undefined {
    return this.#span;
  }

  /** The engine of this city has no way back at all. */
  get isImpossible(): boolean {
    return this.#isImpossible;
  }

  get replay(): Replay | undefined {
    return this.#replay;
  }

  /** Why it is not where it was asked to be. */
  get failure(): string | undefined {
    return this.#failure ?? this.#replay?.problem;
  }

  /** Where it is on its way to; undefined where it is there. */
  get goal(): number | undefined {
    if (this.#replay) return this.#replay.goal;
    return this.#wanted?.at;
  }

  /** How long it has been on its way. */
  get waitedMs(): number {
    return this.goal === undefined ? 0 : Date.now() - this.#askedAt;
  }

  get isPlaying(): boolean {
    return this.#replay ? this.#replay.speed > 0 : (this.#wanted?.speed ?? 0) > 0;
  }

  /** How long a wall stays where it is without being touched; undefined where nobody waits for it. */
  get returnsInMs(): number | undefined {
    if (!this.#wanted || !this.#events.isWall()) return undefined;
    return Math.max(0, this.#touchedAt + WallPatienceMs - Date.now());
  }

  /** A link that was opened may be of a time. */
  start(): void {
    const link = parseLink(this.#address.location.search);
    if (link) void this.goTo(link.at, link.speed);
  }

  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#spanAt = -Infinity;
    void this.#tick();
    this.#events.changed();
  }

  touched(): void {
    this.#touchedAt = Date.now();
  }

  async goTo(at: number, speed = this.#wanted?.speed ?? 0): Promise<void> {
    const turn = this.#begin({ at: this.#span ? clamp(at, this.#span) : at, speed });
    await this.#ask(turn, async ({ at: wanted, speed: fast }) => (this.#replay
      ? this.#api.change(this.#replay.id, { at: wanted, speed: fast }) : this.#api.open(wanted, fast)));
  }

  /** 0 pauses. */
  async play(speed: number): Promise<void> {
    if (!this.#wanted || !this.#replay) return;
    const { id, at } = this.#replay;
    const turn = this.#begin({ at: this.#wanted.at, speed }, this.#askedAt);
    this.#wanted = { at, speed };
    await this.#ask(turn, () => this.#api.change(id, { speed }));
  }

  toLive(): void {
    this.#turn++;
    this.#failure = undefined;
    this.#leave();
  }

  /** The page is left. */
  end(): void {
    if (this.#replay) this.#api.close(this.#replay.id);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.end();
  }

  #begin(wanted: TimeLink, askedAt = Date.now()): number {
    this.#wanted = wanted;
    this.#isOpen = true;
    this.#failure = undefined;
    this.#askedAt = askedAt;
    this.touched();
    this.#write();
    this.#events.changed();
    return ++this.#turn;
  }

  // What was asked for later counts; what was opened in vain is closed.
  async #ask(turn: number, question: (wanted: TimeLink) => Promise<Replay>): Promise<void> {
    if (!this.#wanted) return;
    const before = this.#replay?.id;
    try {
      const replay = await question(this.#wanted);
      if (turn === this.#turn) this.#take(replay);
      else if (replay.id !== before && replay.id !== this.#replay?.id) this.#api.close(replay.id);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  #take(replay: Replay): void {
    this.#heardAt = Date.now();
    this.#replay = replay;
    if (replay.state === 'failed') {
      this.#failure = replay.problem;
      this.#leave();
      return;
    }
    if (!this.#isShown && replay.state !== 'opening') {
      this.#isShown = true;
      this.#events.moved(replay.id);
    }
    if (replay.goal === undefined) this.#wanted = { at: replay.at, speed: replay.speed };
    this.#write();
    this.#events.changed();
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
    // Nothing was opened: there is nowhere to be but now.
    if (!this.#replay) this.#wanted = undefined;
    this.#write();
    this.#events.changed();
  }

  #leave(): void {
    const { isPast } = this;
    this.end();
    this.#replay = undefined;
    this.#wanted = undefined;
    this.#isShown = false;
    this.#write();
    if (isPast) this.#events.moved(undefined);
    this.#events.changed();
  }

  async #tick(): Promise<void> {
    if (this.returnsInMs === 0) this.toLive();
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#follow();
      if (this.#isOpen && Date.now() - this.#spanAt >= SpanPollMs) await this.#askSpan();
    } finally {
      this.#isAsking = false;
    }
  }

  async #follow(): Promise<void> {
    const replay = this.#replay;
    if (!replay || Date.now() - this.#heardAt < (replay.state === 'opening' ? OpeningPollMs : PollMs)) return;
    const turn = this.#turn;
    this.#heardAt = Date.now();
    try {
      const now = await this.#api.status(replay.id);
      if (turn === this.#turn) this.#take(now);
    } catch (error) {
      // A server that is away is told by the feed. One that has closed the replay is asked for another.
      if (turn === this.#turn && error instanceof ApiError && error.status === 404) await this.#reopen();
    }
  }

  async #reopen(): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted) return;
    const turn = ++this.#turn;
    this.#replay = undefined;
    this.#askedAt = Date.now();
    await this.#ask(turn, async ({ at, speed }) => {
      const replay = await this.#api.open(at, speed);
      // The one that is shown is there no more; this one is shown once it is open.
      this.#isShown = false;
      return replay;
    });
    if (turn === this.#turn && !this.#replay) this.#leave();
  }

  async #askSpan(): Promise<void> {
    this.#spanAt = Date.now();
    try {
      const span = await this.#api.span();
      this.#isImpossible = span === 'impossible';
      this.#span = span === 'impossible' ? undefined : span;
    } catch {
      // The span that is known has to do until the server is there again.
      return;
    }
    this.#events.changed();
  }

  // Replaced, not pushed, as the hash is.
  #write(): void {
    const { location, history } = this.#address;
    const search = formatLink(this.#wanted);
    if (search !== location.search) history.replaceState(undefined, '', `${location.pathname}${search}${location.hash}`);
  }
}
