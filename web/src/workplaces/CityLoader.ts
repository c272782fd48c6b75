import { backoffMs } from '../feed/backoff';
import { MalformedError } from '../twins/binary';
import type { CityApi } from '../twins/cityApi';
import type { City, Ground, KindName, Models } from '../twins/cityTypes';
import type { SceneColumns } from '../twins/columns';

export type LoadState =
  | { readonly step: 'city' }
  | { readonly step: 'ground' }
  | { readonly step: 'scene'; readonly kind: KindName; readonly share: number }
  | { readonly step: 'failed'; readonly reason: string; readonly retryAt: number }
  | { readonly step: 'ready' };

export interface LoadEvents {
  state(state: LoadState): void;
  city(city: City, models: Models): void;
  ground(ground: Ground): void;
  scene(scene: SceneColumns): void;
}

/** What is seen first comes first. */
export const sceneOrder: readonly KindName[] = [
  'building', 'streetlight', 'airQualitySensor', 'lightingCabinet', 'feeder', 'utilityMeter', 'generic',
];

/** Loads what does not change while the server runs, and again when it has started anew; never gives up. */
export class CityLoader {
  readonly #api: CityApi;
  readonly #events: LoadEvents;
  #abort = new AbortController();
  #attempt = 0;
  #epoch: number | undefined;
  #wanted: number | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  state: LoadState = { step: 'city' };

  constructor(api: CityApi, events: LoadEvents) {
    this.#api = api;
    this.#events = events;
  }

  start(): void {
    clearTimeout(this.#retry);
    this.#abort.abort();
    this.#abort = new AbortController();
    void this.#run(this.#abort.signal);
  }

  /** The feed speaks of this epoch; what was loaded for another means nothing. */
  require(epoch: number): void {
    this.#wanted = epoch;
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.start();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      await this.#load(signal);
      this.#attempt = 0;
      this.#show({ step: 'ready' });
    } catch (error) {
      if (signal.aborted) return;
      const wait = backoffMs(this.#attempt++, Math.random);
      const reason = error instanceof Error ? error.message : String(error);
      this.#show({ step: 'failed', reason, retryAt: Date.now() + wait });
      this.#retry = setTimeout(() => this.start(), wait);
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    this.#show({ step: 'city' });
    const [city, models] = await Promise.all([this.#api.city(signal), this.#api.models(signal)]);
    if (this.#wanted !== undefined && city.epoch !== this.#wanted) {
      throw new MalformedError(`city of epoch ${city.epoch}, feed of epoch ${this.#wanted}`);
    }
    this.#epoch = city.epoch;
    this.#events.city(city, models);
    this.#show({ step: 'ground' });
    this.#events.ground(await this.#api.ground(signal));
    for (const kind of sceneOrder) {
      if (!city.counts[kind]) continue;
      this.#show({ step: 'scene', kind, share: 0 });
      const scene = await this.#api.scene(kind, (share) => this.#show({ step: 'scene', kind, share }), signal);
      signal.throwIfAborted();
      if (scene.epoch !== city.epoch) throw new MalformedError(`scene of epoch ${scene.epoch}, city of ${city.epoch}`);
      this.#events.scene(scene);
    }
  }

  #show(state: LoadState): void {
    this.state = state;
    this.#events.state(state);
  }
}
