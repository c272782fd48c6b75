import type { BuildingPlan } from './buildingMesh';
import type { Lens, Ray } from './cityCamera';
import type { Chunk } from './slots';

/** Centre and radius. */
export type Sphere = readonly [number, number, number, number];

export interface Hit {
  readonly slot: number;
  readonly distance: number;
}

/** Distance along the ray at which it comes closest, and how close, to a sphere's surface. */
function missesSphere(ray: Ray, sphere: Sphere, slackPerMetre: number): boolean {
  const { origin: o, direction: d } = ray;
  const x = sphere[0] - o[0];
  const y = sphere[1] - o[1];
  const z = sphere[2] - o[2];
  const along = x * d[0] + y * d[1] + z * d[2];
  const apart = Math.sqrt(Math.max(0, x * x + y * y + z * z - along * along));
  return along < -sphere[3] || apart > sphere[3] + slackPerMetre * Math.max(0, along);
}

/** The nearest building on a ray. Exact on the CPU: a pick pass of the GPU would stall every frame of a hover. */
export function pickBuilding(ray: Ray, plan: BuildingPlan, spheres: readonly Sphere[]): Hit | undefined {
  let best: Hit | undefined;
  plan.chunks.forEach((chunk, i) => {
    if (missesSphere(ray, spheres[i]!, 0)) return;
    for (let slot = chunk.start; slot < chunk.start + chunk.count; slot++) {
      const distance = hitPrism(ray, plan, slot);
      if (distance !== undefined && (best === undefined || distance < best.distance)) best = { slot, distance };
    }
  });
  return best;
}

function hitPrism(ray: Ray, plan: BuildingPlan, slot: number): number | undefined {
  const { origin: o, direction: d } = ray;
  const ox = o[0] - plan.base[4 * slot]!;
  const oy = o[1] - plan.base[4 * slot + 1]!;
  const radius = plan.radius[slot]!;
  const flat = Math.hypot(d[0], d[1]);
  // The ray seen from above passes the building's circle at this distance, or does not touch the building.
  if (flat > 1e-9 && Math.abs(ox * d[1] - oy * d[0]) > radius * flat) return undefined;
  const bottom = plan.base[4 * slot + 2]! - o[2];
  const top = bottom + plan.base[4 * slot + 3]!;
  const ring = plan.outline.subarray(2 * plan.outlineStart[slot]!, 2 * plan.outlineStart[slot + 1]!);
  let nearest = Infinity;
  if (Math.abs(d[2]) > 1e-9) {
    const along = top / d[2];
    if (along > 0 && inRing(ring, ox + d[0] * along, oy + d[1] * along)) nearest = along;
  }
  const count = ring.length / 2;
  for (let i = 0, j = count - 1; i < count; j = i++) {
    const ex = ring[2 * i]! - ring[2 * j]!;
    const ey = ring[2 * i + 1]! - ring[2 * j + 1]!;
    const cross = d[0] * ey - d[1] * ex;
    if (Math.abs(cross) < 1e-12) continue;
    const rx = ring[2 * j]! - ox;
    const ry = ring[2 * j + 1]! - oy;
    const along = (rx * ey - ry * ex) / cross;
    const share = (rx * d[1] - ry * d[0]) / cross;
    if (along <= 0 || along >= nearest || share < 0 || share > 1) continue;
    const up = along * d[2];
    if (up >= bottom && up <= top) nearest = along;
  }
  return nearest < Infinity ? nearest : undefined;
}

function inRing(ring: ArrayLike<number>, x: number, y: number): boolean {
  let inside = false;
  const count = ring.length / 2;
  for (let i = 0, j = count - 1; i < count; j = i++) {
    const yi = ring[2 * i + 1]!;
    const yj = ring[2 * j + 1]!;
    if (yi > y !== yj > y && x < ((ring[2 * j]! - ring[2 * i]!) * (y - yi)) / (yj - yi) + ring[2 * i]!) {
      inside = !inside;
    }
  }
  return inside;
}

/** Points of one layer as picking needs them: places in the order of slots. */
export interface PointPlan {
  readonly positions: Float32Array;
  readonly chunks: readonly Chunk[];
  readonly spheres: readonly Sphere[];
}

/**
 * The point whose marker lies under a pixel, the nearest to the pixel first. `radiusPixels` says how large the marker
 * of a slot is at a depth; 0 where it is not drawn.
 */
export function pickPoint(
  lens: Lens, x: number, y: number, plan: PointPlan,
  radiusPixels: (slot: number, depth: number) => number, reachPixels: number,
): Hit | undefined {
  const ray = lens.ray(x, y);
  const metresPerPixel = (2 * lens.tanY) / lens.height;
  let best: Hit | undefined;
  let bestPixels = Infinity;
  plan.chunks.forEach((chunk, i) => {
    if (missesSphere(ray, plan.spheres[i]!, metresPerPixel * reachPixels * 2)) return;
    for (let slot = chunk.start; slot < chunk.start + chunk.count; slot++) {
      const at = lens.project(
        plan.positions[3 * slot]!, plan.positions[3 * slot + 1]!, plan.positions[3 * slot + 2]!);
      if (!at) continue;
      const pixels = Math.hypot(at.x - x, at.y - y);
      if (pixels > reachPixels || pixels >= bestPixels) continue;
      const radius = radiusPixels(slot, at.depth);
      if (radius <= 0 || pixels > Math.max(radius, 5)) continue;
      bestPixels = pixels;
      best = { slot, distance: at.depth };
    }
  });
  return best;
}
