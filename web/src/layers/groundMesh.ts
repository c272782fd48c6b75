import type { LocalFrame } from './localFrame';
import type { DistrictShape, GroundFeature, GroundFile } from './mapPort';
import { groundClasses, type GroundClass } from './themes';
import { doubleArea, triangulate } from './triangulate';

/** Floats: east, north, up, offset direction east and north, half width, class, least width in pixels. */
export const groundStrideFloats = 8;

export interface GroundMesh {
  readonly vertices: Float32Array;
  readonly indices: Uint32Array;
}

interface LineLook {
  readonly widthMetres: number;
  readonly leastPixels: number;
}

const lines: Partial<Record<GroundClass, LineLook>> = {
  river: { widthMetres: 12, leastPixels: 1.3 },
  street: { widthMetres: 8, leastPixels: 0.7 },
  avenue: { widthMetres: 18, leastPixels: 1.2 },
  highway: { widthMetres: 26, leastPixels: 1.7 },
  mountain: { widthMetres: 6, leastPixels: 0.8 },
};

/** What lies on what: the first is painted first. */
const paintOrder: readonly GroundFeature['class'][] = [
  'mountain', 'park', 'water', 'river', 'street', 'avenue', 'highway',
];

const ringRadiiMetres = [4000, 10000, 20000, 40000, 80000, 160000];
const ringSteps = 48;

/** Of a circle it is 1, of a long strip 0. */
const compactnessMin = 0.12;

/** A sharp corner would throw its miter far away from the line. */
const miterMax = 1.6;

export function meshGround(ground: GroundFile, districts: readonly DistrictShape[], frame: LocalFrame): GroundMesh {
  const writer = new GroundWriter(frame);
  writer.plain();
  for (const name of paintOrder) {
    for (const feature of ground.features) {
      if (feature.class !== name || feature.points.length < 2) continue;
      const look = lines[name];
      const isArea = name === 'park' || name === 'water' || (name === 'mountain' && isCompact(feature.points));
      if (isArea) writer.area(feature.points, name);
      else if (look) writer.line(feature.points, name, look, false);
    }
  }
  for (const district of districts) {
    writer.line(district.outline, 'district', { widthMetres: 2, leastPixels: 1.4 }, true);
  }
  return writer.finish();
}

/** A mountain is drawn as an area where its points go around something, and as a ridge where they are a line. */
function isCompact(points: GroundFeature['points']): boolean {
  if (points.length < 4) return false;
  const narrowing = Math.cos((points[0]![1] * Math.PI) / 180);
  let around = 0;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    around += Math.hypot((points[i]![0] - points[j]![0]) * narrowing, points[i]![1] - points[j]![1]);
  }
  const area = Math.abs(doubleArea(points.flatMap(([x, y]) => [x * narrowing, y]))) / 2;
  return (4 * Math.PI * area) / around ** 2 > compactnessMin;
}

class GroundWriter {
  private readonly vertices: number[] = [];
  private readonly indices: number[] = [];

  constructor(private readonly frame: LocalFrame) {}

  /** The open land to the horizon, curved as the Earth is. */
  plain(): void {
    const rings: number[] = [];
    const centre = this.vertex(0, 0, 0, 0, 0, 0, 'ground', 0);
    for (const radius of ringRadiiMetres) {
      rings.push(this.vertices.length / groundStrideFloats);
      for (let step = 0; step < ringSteps; step++) {
        const angle = (2 * Math.PI * step) / ringSteps;
        const x = radius * Math.cos(angle);
        const y = radius * Math.sin(angle);
        this.vertex(x, y, -(radius * radius) / (2 * 6371000), 0, 0, 0, 'ground', 0);
      }
    }
    for (let step = 0; step < ringSteps; step++) {
      const next = (step + 1) % ringSteps;
      this.indices.push(centre, rings[0]! + step, rings[0]! + next);
      for (let ring = 1; ring < rings.length; ring++) {
        const a = rings[ring - 1]!;
        const b = rings[ring]!;
        this.indices.push(a + step, b + step, b + next, a + step, b + next, a + next);
      }
    }
  }

  area(points: GroundFeature['points'], name: GroundClass): void {
    const local = this.local(points);
    const flat = local.flatMap(([x, y]) => [x, y]);
    const first = this.vertices.length / groundStrideFloats;
    for (const [x, y, z] of local) this.vertex(x, y, z, 0, 0, 0, name, 0);
    for (const index of triangulate(flat)) this.indices.push(first + index);
  }

  line(points: GroundFeature['points'], name: GroundClass, look: LineLook, closed: boolean): void {
    const local = this.local(points).filter((p, i, all) => i === 0 || apart(p, all[i - 1]!) > 0.05);
    if (closed && local.length > 2 && apart(local[0]!, local[local.length - 1]!) < 0.05) local.pop();
    const count = local.length;
    if (count < 2) return;
    const first = this.vertices.length / groundStrideFloats;
    for (let i = 0; i < count; i++) {
      const before = i > 0 ? local[i - 1]! : closed ? local[count - 1]! : local[i]!;
      const after = i < count - 1 ? local[i + 1]! : closed ? local[0]! : local[i]!;
      const [nx, ny] = miter(before, local[i]!, after);
      const [x, y, z] = local[i]!;
      this.vertex(x, y, z, nx, ny, look.widthMetres / 2, name, look.leastPixels);
      this.vertex(x, y, z, -nx, -ny, look.widthMetres / 2, name, look.leastPixels);
    }
    const segments = closed ? count : count - 1;
    for (let i = 0; i < segments; i++) {
      const a = first + 2 * i;
      const b = first + 2 * ((i + 1) % count);
      this.indices.push(a, a + 1, b + 1, a, b + 1, b);
    }
  }

  finish(): GroundMesh {
    return { vertices: Float32Array.from(this.vertices), indices: Uint32Array.from(this.indices) };
  }

  private local(points: GroundFeature['points']): [number, number, number][] {
    return points.map(([longitude, latitude]) => this.frame.point(longitude, latitude));
  }

  private vertex(
    x: number, y: number, z: number, nx: number, ny: number, halfWidth: number, name: GroundClass, pixels: number,
  ): number {
    this.vertices.push(x, y, z, nx, ny, halfWidth, groundClasses.indexOf(name), pixels);
    return this.vertices.length / groundStrideFloats - 1;
  }
}

type Place = readonly [number, number, number];

const apart = (a: Place, b: Place): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

function miter(before: Place, at: Place, after: Place): readonly [number, number] {
  const first = normal(before, at) ?? normal(at, after) ?? [0, 0];
  const second = normal(at, after) ?? first;
  const x = first[0] + second[0];
  const y = first[1] + second[1];
  const length = Math.hypot(x, y);
  if (length < 1e-6) return first;
  const stretch = Math.min(miterMax, 2 / length);
  return [(x / length) * stretch, (y / length) * stretch];
}

function normal(from: Place, to: Place): readonly [number, number] | undefined {
  const length = apart(from, to);
  return length > 0 ? [-(to[1] - from[1]) / length, (to[0] - from[0]) / length] : undefined;
}
