import { Freshness, TwinKind } from '../twins/columns';
import { kindNames, type KindName } from '../twins/cityTypes';
import type { CityScenes } from '../twins/CityScenes';
import type { TwinStore } from '../twins/TwinStore';

export interface Total {
  readonly sum: number;
  /** How many buildings the sum is of. */
  readonly count: number;
}

export interface AirSummary {
  readonly reporting: number;
  readonly total: number;
  /** How many stand at each level of the European AQI; index 0 is not used. */
  readonly levels: readonly number[];
  readonly worst: number;
}

export interface FreshnessSummary {
  readonly kind: KindName;
  readonly live: number;
  readonly stale: number;
  readonly lost: number;
}

export interface Summary {
  /** Before the first frame nothing is known, and nothing known is not zero. */
  readonly isKnown: boolean;
  readonly buildings: number;
  readonly power: Total;
  readonly coldWater: Total;
  readonly hotWater: Total;
  readonly lights: { readonly on: number; readonly off: number; readonly failed: number; readonly notCurrent: number };
  readonly leaks: number;
  readonly noSupply: number;
  readonly feedersOut: number;
  /** Official posts and indicative sensors are never one figure. */
  readonly official: AirSummary;
  readonly indicative: AirSummary;
  readonly freshness: readonly FreshnessSummary[];
}

const { streetlight, building, airQualitySensor, utilityMeter, feeder } = TwinKind;
const IndicativeTag = 1;
const withoutSupply = [Freshness.live, Freshness.stale, Freshness.lost] as const;

/**
 * Only what is live counts as current; a light that was on an hour ago is not counted as on. A meter without supply
 * falls silent by that very fault: its last word stands until it speaks again.
 */
export function summarize(store: TwinStore, scenes: CityScenes): Summary {
  const live = (kind: TwinKind, condition: number): number => store.count(kind, condition, Freshness.live);
  return {
    isKnown: store.members > 0,
    buildings: scenes.get(building)?.count ?? 0,
    power: totalOf(store, 0),
    coldWater: totalOf(store, 1),
    hotWater: totalOf(store, 2),
    lights: {
      off: live(streetlight, 1),
      // A light that burns by day is on; one that is dark when it should burn counts as failed.
      on: live(streetlight, 2) + live(streetlight, 3) + live(streetlight, 6),
      failed: live(streetlight, 4) + live(streetlight, 5),
      notCurrent: notCurrent(store, streetlight) + live(streetlight, 0),
    },
    leaks: live(utilityMeter, 2),
    noSupply: withoutSupply.reduce((sum, freshness) => sum + store.count(utilityMeter, 4, freshness), 0),
    feedersOut: live(feeder, 2),
    ...airOf(store, scenes),
    freshness: kindNames.map((kind) => ({
      kind,
      live: store.countOfFreshness(TwinKind[kind], Freshness.live),
      stale: store.countOfFreshness(TwinKind[kind], Freshness.stale),
      lost: store.countOfFreshness(TwinKind[kind], Freshness.lost),
    })),
  };
}

function notCurrent(store: TwinStore, kind: TwinKind): number {
  return store.countOfFreshness(kind, Freshness.neverReported) +
    store.countOfFreshness(kind, Freshness.stale) + store.countOfFreshness(kind, Freshness.lost);
}

function totalOf(store: TwinStore, measure: number): Total {
  let sum = 0;
  let count = 0;
  store.forEach(building, (handle, _, freshness) => {
    const value = store.measure(handle, measure);
    if (freshness !== Freshness.live || Number.isNaN(value)) return;
    sum += value;
    count++;
  });
  return { sum, count };
}

function airOf(store: TwinStore, scenes: CityScenes): { official: AirSummary; indicative: AirSummary } {
  const scene = scenes.get(airQualitySensor);
  const groups = [emptyAir(), emptyAir()];
  for (let i = 0; scene && i < scene.count; i++) groups[scene.tag[i] === IndicativeTag ? 1 : 0]!.total++;
  store.forEach(airQualitySensor, (handle, level, freshness) => {
    const tag = scenes.tagOf(airQualitySensor, handle);
    // Without its scene nobody can say whether it is official, so it is not counted as either.
    if (tag === undefined || freshness !== Freshness.live || level < 1 || level > 6) return;
    const group = groups[tag === IndicativeTag ? 1 : 0]!;
    group.reporting++;
    group.levels[level]!++;
    group.worst = Math.max(group.worst, level);
  });
  return { official: groups[0]!, indicative: groups[1]! };
}

const emptyAir = (): { reporting: number; total: number; levels: number[]; worst: number } =>
  ({ reporting: 0, total: 0, levels: [0, 0, 0, 0, 0, 0, 0], worst: 0 });
