import type { Verification } from '../feed/LiveCity';
import type { FeedState } from '../feed/feedState';
import { kindNameOf, type FreshnessName, type KindName, type QualityName } from '../twins/cityTypes';
import { freshnessOf, qualityOf } from '../twins/columns';
import { sceneId } from '../twins/sceneFile';
import type { CityDesk } from './CityDesk';
import type { LatencySample } from './LatencyRing';

/** For tests and benchmarks: what the page holds, as `window.cityTwin`. */
export interface CityTwinHandle {
  /** Once the city is loaded and drawn (or the map has failed) and the feed is live. */
  readonly ready: Promise<void>;
  state(): FeedState & { readonly members: number; readonly load: string; readonly map: 'opening' | 'open' | 'failed' };
  select(id: string | undefined): void;
  get(id: string): HeldTwin | undefined;
  latencySamples(): LatencySample[];
  checksum(): Promise<Verification>;
}

export interface HeldTwin {
  readonly id: string;
  readonly handle: number;
  readonly kind: KindName;
  readonly condition: number;
  readonly freshness: FreshnessName;
  readonly quality: QualityName;
  readonly measuredAtMs: number;
  readonly measures: readonly number[];
}

const freshnessNames = ['neverReported', 'live', 'stale', 'lost'] as const;
const qualityNames = ['good', 'suspect', 'bad'] as const;

export function debugHandle(desk: CityDesk): CityTwinHandle {
  return {
    ready: desk.ready,
    state: () => ({
      ...desk.feed,
      members: desk.live.store.members,
      load: desk.load.step,
      map: desk.map ? 'open' : desk.mapFailure === undefined ? 'opening' : 'failed',
    }),
    select: (id) => desk.select(id),
    get: (id) => held(desk, id),
    latencySamples: () => desk.presenter.latency.all(),
    checksum: () => desk.verify(),
  };
}

function held(desk: CityDesk, id: string): HeldTwin | undefined {
  for (const scene of desk.scenes.all) {
    for (let i = 0; i < scene.count; i++) {
      const length = scene.idStart[i + 1]! - scene.idStart[i]!;
      if (length !== id.length || sceneId(scene, i) !== id) continue;
      const handle = scene.handle[i]!;
      const state = desk.live.store.get(handle);
      return state && {
        id, handle, kind: kindNameOf(state.kind), condition: state.condition,
        freshness: freshnessNames[freshnessOf(state.flags)], quality: qualityNames[qualityOf(state.flags)] ?? 'bad',
        measuredAtMs: state.measuredAt, measures: state.measures,
      };
    }
  }
  return undefined;
}

declare global {
  interface Window {
    cityTwin: CityTwinHandle;
  }
}
