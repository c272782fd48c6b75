import type { LocalFrame } from './localFrame';

/** Floats: east, north, up of the ellipsoid, normal, height above it. */
export const reliefStrideFloats = 7;

const west = 76.15;
const east = 77.75;
const south = 42.86;
const north = 43.26;
const columns = 380;
const rows = 150;

// Longitude, latitude and height above the city of the Zailiysky Alatau's crest, coarse: a hint of the real skyline
// and no survey. Nothing is measured against it.
const crest: readonly (readonly [number, number, number])[] = [
  [76.1, 43.0, 1900], [76.4, 42.99, 2400], [76.62, 43.0, 2900], [76.82, 43.01, 3200], [76.93, 43.04, 3000],
  [77.0, 43.03, 3450], [77.08, 43.09, 3500], [77.2, 43.09, 3700], [77.34, 43.11, 4050], [77.5, 43.12, 3500],
  [77.75, 43.15, 2800],
];

export interface ReliefMesh {
  readonly vertices: Float32Array;
  readonly indices: Uint32Array;
}

/** Whether a city lies where these mountains are. */
export const hasRelief = (longitude: number, latitude: number): boolean =>
  longitude > west && longitude < east && latitude > 43 && latitude < 43.5;

export function meshRelief(frame: LocalFrame): ReliefMesh {
  const vertices = new Float32Array((columns + 1) * (rows + 1) * reliefStrideFloats);
  const stepEast = ((east - west) / columns) * 81300;
  const stepNorth = ((north - south) / rows) * 111100;
  const heights = new Float32Array((columns + 1) * (rows + 1));
  const at = (column: number, row: number): number =>
    heights[Math.max(0, Math.min(rows, row)) * (columns + 1) + Math.max(0, Math.min(columns, column))]!;
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const longitude = west + ((east - west) * column) / columns;
      const latitude = south + ((north - south) * row) / rows;
      heights[row * (columns + 1) + column] = heightAt(longitude, latitude);
    }
  }
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const vertex = row * (columns + 1) + column;
      const longitude = west + ((east - west) * column) / columns;
      const latitude = south + ((north - south) * row) / rows;
      frame.write(longitude, latitude, 0, vertices, vertex * reliefStrideFloats);
      const nx = (at(column - 1, row) - at(column + 1, row)) / (2 * stepEast);
      const ny = (at(column, row - 1) - at(column, row + 1)) / (2 * stepNorth);
      const length = Math.hypot(nx, ny, 1);
      vertices.set([nx / length, ny / length, 1 / length, heights[vertex]!], vertex * reliefStrideFloats + 3);
    }
  }
  return { vertices, indices: gridIndices() };
}

function gridIndices(): Uint32Array {
  const indices = new Uint32Array(columns * rows * 6);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const a = row * (columns + 1) + column;
      const b = a + columns + 1;
      indices.set([a, a + 1, b + 1, a, b + 1, b], next);
      next += 6;
    }
  }
  return indices;
}

function heightAt(longitude: number, latitude: number): number {
  const [crestLatitude, crestHeight] = crestAt(longitude);
  const foot = 43.23 - 0.02 * Math.sin((longitude - 76.6) * 9);
  const rise = smooth((foot - latitude) / (foot - crestLatitude));
  const behind = smooth((latitude - (crestLatitude - 0.16)) / 0.16);
  const slope = Math.pow(rise, 1.7) * (0.55 + 0.45 * behind);
  // Valleys run down from the crest, so the ridges are longer from south to north than they are apart.
  const ridges = ridged((longitude - 76) * 19 + (latitude - 43) * 6, (latitude - 43) * 9);
  return Math.max(0, crestHeight * slope * (0.38 + 0.82 * ridges) - 30);
}

function crestAt(longitude: number): readonly [number, number] {
  for (let i = 1; i < crest.length; i++) {
    const a = crest[i - 1]!;
    const b = crest[i]!;
    if (longitude > b[0] && i < crest.length - 1) continue;
    const share = Math.max(0, Math.min(1, (longitude - a[0]) / (b[0] - a[0])));
    return [a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
  }
  return [crest[0]![1], crest[0]![2]];
}

const smooth = (value: number): number => {
  const t = Math.max(0, Math.min(1, value));
  return t * t * (3 - 2 * t);
};

/** Noise folded at its middle: sharp ridges between round valleys. */
function ridged(x: number, y: number): number {
  let sum = 0;
  let weight = 0.5;
  for (let octave = 0; octave < 5; octave++) {
    sum += weight * (1 - Math.abs(2 * noise(x, y, octave) - 1)) ** 1.5;
    x *= 2.1;
    y *= 2.1;
    weight *= 0.5;
  }
  return sum;
}

function noise(x: number, y: number, seed: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const u = smooth(x - column);
  const v = smooth(y - row);
  const near = lattice(column, row, seed) * (1 - u) + lattice(column + 1, row, seed) * u;
  const far = lattice(column, row + 1, seed) * (1 - u) + lattice(column + 1, row + 1, seed) * u;
  return near * (1 - v) + far * v;
}

function lattice(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
}
