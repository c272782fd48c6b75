/** How current the page is. `lost` says the same as `reconnecting`, after so long that nobody should wait for it. */
export type FeedPhase = 'connecting' | 'live' | 'reconnecting' | 'lost';

export interface FeedState {
  readonly phase: FeedPhase;
  /** When the phase began; when not live, when the last frame came. Unix milliseconds of this machine. */
  readonly since: number;
  /** When the last frame came, by this machine's clock; undefined before the first. */
  readonly lastFrameAt: number | undefined;
  /** What the server's clock said in the last frame. */
  readonly serverTime: number | undefined;
  /** To be added to this machine's clock to get the server's. */
  readonly clockOffsetMs: number;
  readonly epoch: number | undefined;
  readonly number: number | undefined;
  readonly reason: string | undefined;
  readonly counts: FeedCounts;
}

export interface FeedCounts {
  readonly frames: number;
  readonly gaps: number;
  readonly malformed: number;
  readonly connections: number;
  readonly resumed: number;
  readonly silences: number;
  readonly mismatches: number;
}

export interface WatchRequest {
  readonly kinds: readonly string[];
  readonly districts?: readonly string[];
  readonly box?: readonly [number, number, number, number];
  readonly detail: 'full' | 'condition';
}

export const initialFeedState = (now: number): FeedState => ({
  phase: 'connecting', since: now, lastFrameAt: undefined, serverTime: undefined, clockOffsetMs: 0,
  epoch: undefined, number: undefined, reason: undefined,
  counts: { frames: 0, gaps: 0, malformed: 0, connections: 0, resumed: 0, silences: 0, mismatches: 0 },
});
