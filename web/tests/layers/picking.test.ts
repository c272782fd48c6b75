import { describe, expect, it } from 'vitest';
import { buildingStrideBytes, meshBuildings, planBuildings, type BuildingPlan } from '../../src/layers/buildingMesh';
import { Lens, type Ray, type View } from '../../src/layers/cityCamera';
import { LocalFrame } from '../../src/layers/localFrame';
import { pickBuilding, pickPoint, type Sphere } from '../../src/layers/picking';
import { chunkSphere, Slots } from '../../src/layers/slots';
import { randomCity, sceneOf, seeded } from './seeded';

const frame = new LocalFrame(76.92, 43.245);

function spheresOf(plan: BuildingPlan): Sphere[] {
  const count = plan.radius.length;
  const positions = Float32Array.from({ length: 3 * count }, (_, i) => plan.base[4 * Math.floor(i / 3) + (i % 3)]!);
  const inOrder = Uint32Array.from({ length: count }, (_, i) => i);
  return plan.chunks.map((chunk) => chunkSphere(positions, inOrder, chunk, 100));
}

/** The oracle: every triangle that is drawn, by Möller and Trumbore. */
function pickDrawn(ray: Ray, plan: BuildingPlan): { slot: number; distance: number } | undefined {
  let best: { slot: number; distance: number } | undefined;
  for (const chunk of plan.chunks) {
    const mesh = meshBuildings(plan, chunk);
    const floats = new Float32Array(mesh.vertices);
    const stride = buildingStrideBytes / 4;
    for (let i = 0; i < mesh.triangles.length; i += 3) {
      const [a, b, c] = [0, 1, 2].map((k) => [...floats.subarray(mesh.triangles[i + k]! * stride).subarray(0, 4)]);
      const distance = hitTriangle(ray, a!, b!, c!);
      if (distance !== undefined && (!best || distance < best.distance)) best = { slot: a![3]!, distance };
    }
  }
  return best;
}

type V = readonly number[];
const minus = (a: V, b: V): number[] => [a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!];
const dot = (a: V, b: V): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
const cross = (a: V, b: V): number[] => [
  a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!];

function hitTriangle(ray: Ray, a: V, b: V, c: V): number | undefined {
  const [e1, e2] = [minus(b, a), minus(c, a)];
  const p = cross(ray.direction, e2);
  const determinant = dot(e1, p);
  if (Math.abs(determinant) < 1e-9) return undefined;
  const t = minus(ray.origin, a);
  const u = dot(t, p) / determinant;
  const q = cross(t, e1);
  const v = dot(ray.direction, q) / determinant;
  const distance = dot(e2, q) / determinant;
  return u < 0 || v < 0 || u + v > 1 || distance <= 0 ? undefined : distance;
}

describe('pickBuilding', () => {
  it('finds what is drawn, under seeded pixels of seeded views', () => {
    const random = seeded(21);
    const scene = randomCity(random, 400);
    const plan = planBuildings(scene, frame);
    const spheres = spheresOf(plan);
    let hits = 0;
    for (let run = 0; run < 150; run++) {
      const target = Math.floor(random() * 400);
      const view: View = {
        east: plan.base[4 * target]!, north: plan.base[4 * target + 1]!, heading: 6.2 * random(),
        pitch: -0.15 - 1.2 * random(), range: 100 + 900 * random(),
      };
      const ray = new Lens(view, 1200, 800).ray(600 + 60 * (random() - 0.5), 400 + 60 * (random() - 0.5));
      const expected = pickDrawn(ray, plan);
      const found = pickBuilding(ray, plan, spheres);
      expect(found === undefined, `run ${run}`).toBe(expected === undefined);
      if (!found || !expected) continue;
      hits++;
      expect(Math.abs(found.distance - expected.distance), `run ${run}`).toBeLessThan(0.02);
    }
    expect(hits).toBeGreaterThan(50);
  });

  it('leads to the handle of the building under the pixel', () => {
    const ring = [-5, -5, 5, -5, 5, 5, -5, 5];
    const scene = sceneOf([76.9, 76.91, 76.92].map((longitude) => (
      { longitude, latitude: 43.24, heightMetres: 20, ring })), 1000, 7);
    const plan = planBuildings(scene, frame);
    const slots = new Slots(scene.handle, plan.order);
    scene.handle.forEach((handle, row) => {
      const [east, north] = frame.point(scene.longitude[row]!, scene.latitude[row]!);
      const ray: Ray = { origin: [east, north, 500], direction: [0, 0, -1] };
      expect(slots.handleOfSlot[pickBuilding(ray, plan, spheresOf(plan))!.slot]).toBe(handle);
      const beside: Ray = { origin: [east + 6, north, 500], direction: [0, 0, -1] };
      expect(pickBuilding(beside, plan, spheresOf(plan))).toBeUndefined();
    });
  });
});

describe('meshBuildings', () => {
  it('closes every building: walls by perimeter and height, a roof as large as the outline', () => {
    const scene = randomCity(seeded(4), 50);
    const plan = planBuildings(scene, frame);
    const areas = new Map<number, number>();
    for (const chunk of plan.chunks) {
      const mesh = meshBuildings(plan, chunk);
      const floats = new Float32Array(mesh.vertices);
      for (let i = 0; i < mesh.triangles.length; i += 3) {
        const corner = (k: number) => floats.subarray(mesh.triangles[i + k]! * 6).subarray(0, 4);
        const [a, b, c] = [corner(0), corner(1), corner(2)];
        const area = Math.hypot(...cross(minus([...b], [...a]), minus([...c], [...a]))) / 2;
        areas.set(a[3]!, (areas.get(a[3]!) ?? 0) + area);
      }
    }
    for (let slot = 0; slot < 50; slot++) {
      const ring = plan.outline.subarray(2 * plan.outlineStart[slot]!, 2 * plan.outlineStart[slot + 1]!);
      let expected = 0;
      for (let i = 0; i < ring.length; i += 2) {
        const j = (i + 2) % ring.length;
        expected += (ring[i]! * ring[j + 1]! - ring[j]! * ring[i + 1]!) / 2;
        expected += plan.base[4 * slot + 3]! * Math.hypot(ring[j]! - ring[i]!, ring[j + 1]! - ring[i + 1]!);
      }
      expect(Math.abs(areas.get(slot)! - expected) / expected, `slot ${slot}`).toBeLessThan(1e-3);
    }
  });
});

describe('planBuildings', () => {
  it('shows a low block where the height is not known, and nothing for an outline that is none', () => {
    const places = [NaN, 0, 30].map((heightMetres) => (
      { longitude: 76.9, latitude: 43.24, heightMetres, ring: [0, 0, 9, 0, 9, 9] }));
    const plan = planBuildings(sceneOf([...places, { ...places[2]!, ring: [0, 0, 1, 1] }]), frame);
    const heights = [...plan.order].map((row, slot) => [row, plan.base[4 * slot + 3]]);
    expect(Object.fromEntries(heights)).toEqual({ 0: 2.5, 1: 2.5, 2: 30, 3: 30 });
    const drawn = plan.chunks.map((chunk) => meshBuildings(plan, chunk).vertexCount);
    expect(drawn).toEqual([3 * 15]);
  });
});

describe('pickPoint', () => {
  const view: View = { east: 0, north: 0, heading: 1, pitch: -0.6, range: 500 };
  const lens = new Lens(view, 1000, 700);
  const positions = Float32Array.from([0, 0, 9, 40, 0, 9, 0, 60, 9]);
  const plan = {
    positions, chunks: [{ start: 0, count: 3 }], spheres: [chunkSphere(positions, Uint32Array.of(0, 1, 2),
      { start: 0, count: 3 }, 5)],
  };

  it('takes the point whose marker is under the pixel, and none elsewhere', () => {
    for (let slot = 0; slot < 3; slot++) {
      const at = lens.project(positions[3 * slot]!, positions[3 * slot + 1]!, positions[3 * slot + 2]!)!;
      expect(pickPoint(lens, at.x + 3, at.y, plan, () => 4, 20)?.slot).toBe(slot);
      expect(pickPoint(lens, at.x + 12, at.y, plan, () => 4, 20)).toBeUndefined();
      expect(pickPoint(lens, at.x, at.y, plan, () => 0, 20)).toBeUndefined();
    }
  });
});
