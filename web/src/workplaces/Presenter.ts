import type { LiveCity } from '../feed/LiveCity';
import type { MapPort } from '../layers/mapPort';
import type { TwinKind } from '../twins/columns';
import type { Frame } from '../twins/frame';
import { LatencyRing } from './LatencyRing';

/** Where a window is covered, browsers stop asking for frames without calling it hidden. */
const FramePatienceMs = 500;

/**
 * Brings changes to the map as they come, so that the very next drawing shows them; while the page is hidden they
 * gather in the store alone. Acknowledges a frame once it is drawn, so that a slow page is sent fewer.
 */
export class Presenter {
  readonly latency = new LatencyRing();
  readonly #live: LiveCity;
  readonly #acknowledge: (number: number, connection: number) => void;
  readonly #mapFailed: (error: unknown) => void;
  /** Of which epoch the map's drawing of a kind is; the handles of another one mean nothing to it. */
  readonly #drawn = new Map<TwinKind, number>();
  #map: MapPort | undefined;
  #isScheduled = false;
  #pending: { number: number; connection: number }[] = [];

  constructor(
    live: LiveCity,
    acknowledge: (number: number, connection: number) => void,
    mapFailed: (error: unknown) => void,
  ) {
    this.#live = live;
    this.#acknowledge = acknowledge;
    this.#mapFailed = mapFailed;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#settle() : this.#schedule()));
  }

  useMap(map: MapPort | undefined): void {
    this.#map = map;
    this.#drawn.clear();
  }

  /** The map has drawn this kind anew and has to be told everything of it. */
  drawn(kind: TwinKind, epoch: number): void {
    this.#drawn.set(kind, epoch);
    for (const handle of this.#live.store.handlesOf(kind)) this.#live.changes.mark(kind, handle);
    this.#schedule();
  }

  frame(frame: Frame, connection: number): void {
    const isTaken = this.#live.take(frame);
    if (isTaken && frame.type === 'delta') this.latency.pick(frame.sections);
    this.#pending.push({ number: frame.number, connection });
    if (document.hidden) {
      this.#settle();
      return;
    }
    this.#apply();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || document.hidden) return;
    this.#isScheduled = true;
    let isDone = false;
    const once = (): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      this.#isScheduled = false;
      this.#present();
    };
    const timer = setTimeout(once, FramePatienceMs);
    requestAnimationFrame(once);
  }

  #apply(): void {
    const changes = this.#live.changes.take(this.#live.store);
    if (!this.#map) return;
    try {
      for (const columns of changes) {
        if (this.#drawn.get(columns.kind) === this.#live.epoch) this.#map.apply(columns);
      }
    } catch (error) {
      this.#map = undefined;
      this.#mapFailed(error);
    }
  }

  /** In the browser's turn to draw, behind the map's own: what was applied before is in this picture. */
  #present(): void {
    this.#apply();
    const picked = this.latency.take();
    // A task of its own comes after the picture has been handed on.
    if (picked.length > 0) setTimeout(() => this.latency.shown(picked, Date.now()));
    this.#settle();
  }

  #settle(): void {
    if (document.hidden) this.latency.take();
    const pending = this.#pending;
    this.#pending = [];
    for (const { number, connection } of pending) this.#acknowledge(number, connection);
  }
}
