import type { SceneColumns } from '../twins/columns';
import type { LocalFrame } from './localFrame';
import { orderByPlace, type Chunk } from './slots';
import { doubleArea, triangulate } from './triangulate';

/** Floats east, north, up, slot, metres above ground; then four bytes of surface. */
export const buildingStrideBytes = 24;

/** Surface bytes: normal east and north (128 is 0), place along the wall (0–255), 1 for a roof. */
const roofSurface = 1;

const buildingsPerChunk = 1800;
const heightMetresMin = 2.5;
const verticesPerChunkMax = 65535;

/** Where the buildings stand, in the order of their slots: what the mesh, the picking and the flights share. */
export interface BuildingPlan {
  readonly order: Uint32Array;
  readonly chunks: readonly Chunk[];
  /** East, north, up of the base and height, four a slot. */
  readonly base: Float32Array;
  /** Largest distance from the base point to a corner, one a slot. */
  readonly radius: Float32Array;
  readonly outlineStart: Uint32Array;
  /** Metres in the local frame, relative to the base. */
  readonly outline: Float32Array;
}

export interface BuildingMesh {
  readonly vertices: ArrayBuffer;
  readonly vertexCount: number;
  readonly triangles: Uint16Array;
  readonly roofEdges: Uint16Array;
}

export function planBuildings(scene: SceneColumns, frame: LocalFrame): BuildingPlan {
  const positions = new Float32Array(scene.count * 3);
  for (let i = 0; i < scene.count; i++) {
    frame.write(scene.longitude[i]!, scene.latitude[i]!, 0, positions, 3 * i);
  }
  const { order, chunks } = orderByPlace(positions, buildingsPerChunk);
  const base = new Float32Array(scene.count * 4);
  const radius = new Float32Array(scene.count);
  const outlineStart = new Uint32Array(scene.count + 1);
  const outline = new Float32Array(scene.outline.length);
  let vertex = 0;
  for (let slot = 0; slot < scene.count; slot++) {
    const row = order[slot]!;
    base.set(positions.subarray(3 * row, 3 * row + 3), 4 * slot);
    // Of a building whose height is not known a low block is shown; one NaN would stop the whole frame.
    base[4 * slot + 3] = Math.max(scene.heightMetres[row]! || 0, heightMetresMin);
    outlineStart[slot] = vertex;
    for (let v = scene.outlineStart[row]!; v < scene.outlineStart[row + 1]!; v++, vertex++) {
      const east = scene.outline[2 * v]!;
      const north = scene.outline[2 * v + 1]!;
      outline[2 * vertex] = east;
      outline[2 * vertex + 1] = north;
      radius[slot] = Math.max(radius[slot]!, Math.hypot(east, north));
    }
  }
  outlineStart[scene.count] = vertex;
  return { order, chunks: splitLarge(chunks, outlineStart), base, radius, outlineStart, outline };
}

// A corner costs four wall vertices and one of the roof; indices have sixteen bits.
function splitLarge(chunks: readonly Chunk[], outlineStart: Uint32Array): Chunk[] {
  const result: Chunk[] = [];
  for (const chunk of chunks) {
    let start = chunk.start;
    const end = chunk.start + chunk.count;
    for (let slot = start; slot < end; slot++) {
      if (5 * (outlineStart[slot + 1]! - outlineStart[start]!) <= verticesPerChunkMax || slot === start) continue;
      result.push({ start, count: slot - start });
      start = slot;
    }
    if (end > start) result.push({ start, count: end - start });
  }
  return result;
}

/** Walls and roofs of one chunk, as the shader takes them. */
export function meshBuildings(plan: BuildingPlan, chunk: Chunk): BuildingMesh {
  const corners = plan.outlineStart[chunk.start + chunk.count]! - plan.outlineStart[chunk.start]!;
  const writer = new MeshWriter(Math.min(5 * corners, verticesPerChunkMax));
  for (let slot = chunk.start; slot < chunk.start + chunk.count; slot++) {
    const ring = plan.outline.subarray(2 * plan.outlineStart[slot]!, 2 * plan.outlineStart[slot + 1]!);
    const count = ring.length / 2;
    if (count < 3 || 5 * count > verticesPerChunkMax) continue;
    writer.begin(plan.base, slot);
    const outward = doubleArea(ring) >= 0 ? 1 : -1;
    for (let i = 0; i < count; i++) writer.wall(ring, i, (i + 1) % count, outward);
    writer.roof(ring);
  }
  return writer.finish();
}

class MeshWriter {
  private readonly buffer: ArrayBuffer;
  private readonly floats: Float32Array;
  private readonly bytes: Uint8Array;
  private readonly triangles: number[] = [];
  private readonly edges: number[] = [];
  private vertex = 0;
  private slot = 0;
  private east = 0;
  private north = 0;
  private up = 0;
  private height = 0;

  constructor(vertexMax: number) {
    this.buffer = new ArrayBuffer(vertexMax * buildingStrideBytes);
    this.floats = new Float32Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
  }

  begin(base: Float32Array, slot: number): void {
    this.slot = slot;
    this.east = base[4 * slot]!;
    this.north = base[4 * slot + 1]!;
    this.up = base[4 * slot + 2]!;
    this.height = base[4 * slot + 3]!;
  }

  wall(ring: Float32Array, from: number, to: number, outward: number): void {
    const x0 = ring[2 * from]!;
    const y0 = ring[2 * from + 1]!;
    const x1 = ring[2 * to]!;
    const y1 = ring[2 * to + 1]!;
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const nx = (outward * (y1 - y0)) / length;
    const ny = (outward * (x0 - x1)) / length;
    const first = this.vertex;
    this.push(x0, y0, 0, nx, ny, 0, 0);
    this.push(x1, y1, 0, nx, ny, 255, 0);
    this.push(x1, y1, this.height, nx, ny, 255, 0);
    this.push(x0, y0, this.height, nx, ny, 0, 0);
    if (outward > 0) this.triangles.push(first, first + 1, first + 2, first, first + 2, first + 3);
    else this.triangles.push(first, first + 2, first + 1, first, first + 3, first + 2);
  }

  roof(ring: Float32Array): void {
    const first = this.vertex;
    const count = ring.length / 2;
    for (let i = 0; i < count; i++) {
      this.push(ring[2 * i]!, ring[2 * i + 1]!, this.height, 0, 0, 128, roofSurface);
      this.edges.push(first + i, first + ((i + 1) % count));
    }
    for (const index of triangulate(ring)) this.triangles.push(first + index);
  }

  finish(): BuildingMesh {
    return {
      vertices: this.buffer.slice(0, this.vertex * buildingStrideBytes),
      vertexCount: this.vertex,
      triangles: Uint16Array.from(this.triangles),
      roofEdges: Uint16Array.from(this.edges),
    };
  }

  private push(x: number, y: number, above: number, nx: number, ny: number, along: number, surface: number): void {
    const float = (this.vertex * buildingStrideBytes) / 4;
    this.floats[float] = this.east + x;
    this.floats[float + 1] = this.north + y;
    this.floats[float + 2] = this.up + above;
    this.floats[float + 3] = this.slot;
    this.floats[float + 4] = above;
    const byte = this.vertex * buildingStrideBytes + 20;
    this.bytes[byte] = Math.round(nx * 127) + 128;
    this.bytes[byte + 1] = Math.round(ny * 127) + 128;
    this.bytes[byte + 2] = along;
    this.bytes[byte + 3] = surface;
    this.vertex++;
  }
}
