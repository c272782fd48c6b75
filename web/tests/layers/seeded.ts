import { TwinKind, type SceneColumns } from '../../src/twins/columns';

export type Random = () => number;

/** Mulberry32: the same numbers for the same seed on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Star-shaped around its middle: simple by construction, and mostly concave. */
export function starRing(random: Random, corners: number, size: number): number[] {
  const turns = Array.from({ length: corners }, (_, i) => ((i + 0.8 * random()) / corners) * 2 * Math.PI);
  return turns.flatMap((turn) => {
    const reach = size * (0.2 + 0.8 * random());
    return [reach * Math.cos(turn), reach * Math.sin(turn)];
  });
}

export interface Placed {
  readonly longitude: number;
  readonly latitude: number;
  readonly heightMetres: number;
  readonly ring: readonly number[];
}

export function sceneOf(places: readonly Placed[], firstHandle = 10, step = 1): SceneColumns {
  const outlineStart = new Uint32Array(places.length + 1);
  places.forEach((place, i) => (outlineStart[i + 1] = outlineStart[i]! + place.ring.length / 2));
  return {
    kind: TwinKind.building, epoch: 1, count: places.length,
    longitude: Float64Array.from(places, (place) => place.longitude),
    latitude: Float64Array.from(places, (place) => place.latitude),
    handle: Uint32Array.from(places, (_, i) => firstHandle + i * step),
    parent: new Int32Array(places.length).fill(-1), district: new Int32Array(places.length).fill(-1),
    heightMetres: Float32Array.from(places, (place) => place.heightMetres),
    outlineStart, outline: Float32Array.from(places.flatMap((place) => place.ring)),
    model: new Uint16Array(places.length), tag: new Uint8Array(places.length),
    idStart: new Uint32Array(places.length + 1), idBytes: new Uint8Array(0),
  };
}

export function randomCity(random: Random, count: number): SceneColumns {
  return sceneOf(Array.from({ length: count }, () => ({
    longitude: 76.9 + 0.04 * random(), latitude: 43.23 + 0.03 * random(),
    heightMetres: 3 + 60 * random(), ring: starRing(random, 3 + Math.floor(random() * 9), 25),
  })));
}
