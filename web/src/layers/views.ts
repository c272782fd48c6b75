import { Cartesian3, Matrix4, Transforms } from 'cesium';
import type { Vector, View, ViewLimits } from './cityCamera';
import type { LocalFrame } from './localFrame';

const radians = Math.PI / 180;

/** In metres of the local frame. */
export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export const worldMatrix = (frame: LocalFrame): Matrix4 =>
  Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(frame.longitude, frame.latitude));

export function boundsOf(places: readonly (readonly [number, number])[], frame: LocalFrame): Bounds {
  const local = places.map(([longitude, latitude]) => frame.point(longitude, latitude));
  const easts = local.map((place) => place[0]);
  const norths = local.map((place) => place[1]);
  return { west: Math.min(...easts), south: Math.min(...norths), east: Math.max(...easts), north: Math.max(...norths) };
}

/** Longitude and latitude midway between the outermost places. */
export function middleOf(places: readonly (readonly [number, number])[]): [number, number] {
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  return [middle(places.map((place) => place[0])), middle(places.map((place) => place[1]))];
}

const marginMetres = 6000;

export function limitsFor(bounds: Bounds): ViewLimits {
  const extent = Math.max(bounds.east - bounds.west, bounds.north - bounds.south);
  return {
    west: bounds.west - marginMetres,
    south: bounds.south - marginMetres,
    east: bounds.east + marginMetres,
    north: bounds.north + marginMetres,
    rangeMin: 70,
    rangeMax: Math.max(20000, extent * 3),
    pitchMin: -89 * radians,
    pitchMax: -7 * radians,
  };
}

/** From the north over the whole city, looking south: in Almaty that is towards the mountains. */
export function overviewOf(bounds: Bounds, aspect: number): View {
  const width = bounds.east - bounds.west;
  const depth = bounds.north - bounds.south;
  return {
    east: (bounds.west + bounds.east) / 2,
    north: (bounds.south + bounds.north) / 2 + depth * 0.06,
    heading: Math.PI,
    pitch: -23 * radians,
    // A narrow screen has to look from farther away to see the city's width.
    range: Math.max(width * 0.84 * Math.max(1, 1.6 / aspect), depth * 0.95),
  };
}

/** Closer, at where the city is densest; `base` is east, north, up and height of each building. */
export function openingOf(base: Float32Array, overview: View, aspect: number): View {
  if (base.length === 0) return overview;
  const easts = new Float32Array(base.length / 4);
  const norths = new Float32Array(base.length / 4);
  for (let i = 0; i < easts.length; i++) [easts[i], norths[i]] = [base[4 * i]!, base[4 * i + 1]!];
  easts.sort();
  norths.sort();
  const at = (sorted: Float32Array, share: number): number => sorted[Math.floor((sorted.length - 1) * share)]!;
  const spread = Math.max(at(easts, 0.8) - at(easts, 0.2), at(norths, 0.8) - at(norths, 0.2));
  return {
    ...overview,
    east: at(easts, 0.5),
    north: at(norths, 0.5),
    pitch: -20 * radians,
    range: Math.min(overview.range, Math.max(1500, spread * 0.95 * Math.max(1, 1.6 / aspect))),
  };
}

/** How far south something stands; `places` begin each with east and north, `stride` numbers apart. */
export function southOf(places: Float32Array, stride: number): number {
  let south = 0;
  for (let i = 1; i < places.length; i += stride) south = Math.min(south, places[i]!);
  return south;
}

/** Looks at a place from as far as suits it, from the side the user looks from now. */
export function viewOfPlace(now: View, place: Vector, range: number): View {
  return { east: place[0], north: place[1], heading: now.heading, pitch: -35 * radians, range };
}
