import { groundHeight } from './localFrame';

const radians = Math.PI / 180;

export type Vector = readonly [number, number, number];

/** Where the camera looks and from where, in the local frame; angles in radians. */
export interface View {
  readonly east: number;
  readonly north: number;
  /** Clockwise from north. */
  readonly heading: number;
  /** Negative looks down. */
  readonly pitch: number;
  readonly range: number;
}

export interface ViewLimits {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly rangeMin: number;
  readonly rangeMax: number;
  readonly pitchMin: number;
  readonly pitchMax: number;
}

export interface Ray {
  readonly origin: Vector;
  readonly direction: Vector;
}

export const verticalFieldOfView = 40 * radians;

export function limited(view: View, limits: ViewLimits): View {
  const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  return {
    east: clamp(view.east, limits.west, limits.east),
    north: clamp(view.north, limits.south, limits.north),
    heading: ((view.heading % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI),
    pitch: clamp(view.pitch, limits.pitchMin, limits.pitchMax),
    range: clamp(view.range, limits.rangeMin, limits.rangeMax),
  };
}

/** Right-handed axes of the camera in the local frame. */
export interface CameraPose {
  readonly eye: Vector;
  readonly direction: Vector;
  readonly up: Vector;
  readonly right: Vector;
}

export function poseOf(view: View): CameraPose {
  const sinH = Math.sin(view.heading);
  const cosH = Math.cos(view.heading);
  const sinP = Math.sin(view.pitch);
  const cosP = Math.cos(view.pitch);
  const direction: Vector = [sinH * cosP, cosH * cosP, sinP];
  const right: Vector = [cosH, -sinH, 0];
  const up: Vector = [-sinH * sinP, -cosH * sinP, cosP];
  const ground = groundHeight(view.east, view.north);
  const eye: Vector = [
    view.east - direction[0] * view.range,
    view.north - direction[1] * view.range,
    ground - direction[2] * view.range,
  ];
  return { eye, direction, up, right };
}

/** A view on a canvas: rays through its pixels, and pixels of points. */
export class Lens {
  readonly pose: CameraPose;
  readonly tanY: number;
  private readonly tanX: number;

  constructor(
    readonly view: View,
    readonly width: number,
    readonly height: number,
  ) {
    this.pose = poseOf(view);
    this.tanY = Math.tan(verticalFieldOfView / 2);
    this.tanX = (this.tanY * width) / Math.max(1, height);
  }

  ray(x: number, y: number): Ray {
    const { eye, direction, up, right } = this.pose;
    const a = ((2 * x) / this.width - 1) * this.tanX;
    const b = (1 - (2 * y) / this.height) * this.tanY;
    const d: Vector = [
      direction[0] + a * right[0] + b * up[0],
      direction[1] + a * right[1] + b * up[1],
      direction[2] + a * right[2] + b * up[2],
    ];
    const length = Math.hypot(d[0], d[1], d[2]);
    return { origin: eye, direction: [d[0] / length, d[1] / length, d[2] / length] };
  }

  /** Pixel and depth of a point, or undefined behind the camera. */
  project(x: number, y: number, z: number): { x: number; y: number; depth: number } | undefined {
    const { eye, direction, up, right } = this.pose;
    const dx = x - eye[0];
    const dy = y - eye[1];
    const dz = z - eye[2];
    const depth = dx * direction[0] + dy * direction[1] + dz * direction[2];
    if (depth < 1) return undefined;
    const a = (dx * right[0] + dy * right[1] + dz * right[2]) / (depth * this.tanX);
    const b = (dx * up[0] + dy * up[1] + dz * up[2]) / (depth * this.tanY);
    return { x: ((a + 1) / 2) * this.width, y: ((1 - b) / 2) * this.height, depth };
  }

  /** Where a pixel's ray meets the ground; near the horizon the answer stops at ten ranges. */
  ground(x: number, y: number): readonly [number, number] {
    const { origin, direction } = this.ray(x, y);
    const height = origin[2] - groundHeight(this.view.east, this.view.north);
    const reach = 10 * this.view.range;
    const along = direction[2] < 0 ? Math.min(height / -direction[2], reach) : reach;
    return [origin[0] + direction[0] * along, origin[1] + direction[1] * along];
  }
}

export function panned(view: View, east: number, north: number): View {
  return { ...view, east: view.east + east, north: view.north + north };
}

/** Pans by shares of the range along the screen's right and forward. */
export function pannedOnScreen(view: View, right: number, forward: number): View {
  const sinH = Math.sin(view.heading);
  const cosH = Math.cos(view.heading);
  return panned(
    view,
    (cosH * right + sinH * forward) * view.range,
    (-sinH * right + cosH * forward) * view.range,
  );
}

/** Comes nearer by a factor, keeping a place on the ground where it is on the screen. */
export function zoomedAbout(view: View, factor: number, place: readonly [number, number], limits: ViewLimits): View {
  const range = Math.min(limits.rangeMax, Math.max(limits.rangeMin, view.range * factor));
  const actual = range / view.range;
  return {
    ...view,
    range,
    east: place[0] + (view.east - place[0]) * actual,
    north: place[1] + (view.north - place[1]) * actual,
  };
}

/** Between two views: the range in its logarithm, the heading along the shorter way. */
export function between(from: View, to: View, share: number): View {
  const eased = share < 0.5 ? 4 * share ** 3 : 1 - (-2 * share + 2) ** 3 / 2;
  const line = (a: number, b: number): number => a + (b - a) * eased;
  const turn = ((to.heading - from.heading + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
  return {
    east: line(from.east, to.east),
    north: line(from.north, to.north),
    heading: from.heading + turn * eased,
    pitch: line(from.pitch, to.pitch),
    range: Math.exp(line(Math.log(from.range), Math.log(to.range))),
  };
}
