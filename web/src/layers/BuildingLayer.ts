import {
  BlendingState, BoundingSphere, Cartesian3, DrawCommand, Matrix4, Pass, PrimitiveType, RenderState, ShaderProgram,
  type Buffer, type RenderContext, type RenderFrame, type UniformMap, type VertexArray,
} from 'cesium';
import { freshnessOf, type Freshness, type ChangeColumns, type SceneColumns } from '../twins/columns';
import { buildingStrideBytes, meshBuildings, planBuildings, type BuildingPlan } from './buildingMesh';
import type { Ray } from './cityCamera';
import { indexBuffer, StateTexture, themeVectors, vector, vertexArray, vertexBuffer, type Surroundings } from './gpu';
import type { LocalFrame } from './localFrame';
import { buildingColors, buildingTexel, measureScales } from './palettes';
import { pickBuilding, type Hit, type Sphere } from './picking';
import {
  buildingAttributes, buildingFragmentShader, buildingVertexShader, roofEdgeFragmentShader, roofEdgeVertexShader,
} from './shaders';
import { chunkSphere, Slots } from './slots';
import { StateTexels } from './stateTexels';
import { themes, type Theme } from './themes';

/** Work for the main thread between two breaths while a city is built. */
const buildSliceMilliseconds = 12;

const layout = [
  { location: buildingAttributes.position, components: 3, offsetInBytes: 0 },
  { location: buildingAttributes.slot, components: 1, offsetInBytes: 12 },
  { location: buildingAttributes.above, components: 1, offsetInBytes: 16 },
  { location: buildingAttributes.surface, components: 4, offsetInBytes: 20, bytes: true },
];

/** All buildings: merged walls and roofs by neighbourhood, coloured through one state texture. */
export class BuildingLayer {
  readonly slots: Slots;
  readonly plan: BuildingPlan;
  show = true;
  selectedSlot = -1;
  hoveredSlot = -1;
  private readonly texels: StateTexels;
  private readonly state: StateTexture;
  private readonly spheres: Sphere[];
  private readonly values: readonly Float32Array[];
  private readonly freshness: Uint8Array;
  private readonly solids: ShaderProgram;
  private readonly edges: ShaderProgram;
  private readonly commands: DrawCommand[] = [];
  private readonly vertexArrays: VertexArray[] = [];
  private readonly buffers: Buffer[] = [];
  private measure = 0;
  private colors: Cartesian3[] = [];
  private theme: Theme = 'dark';
  private destroyed = false;

  constructor(
    scene: SceneColumns, frame: LocalFrame,
    private readonly context: RenderContext,
    private readonly modelMatrix: Matrix4,
    private readonly surroundings: Surroundings,
    theme: Theme,
  ) {
    this.plan = planBuildings(scene, frame);
    this.slots = new Slots(scene.handle, this.plan.order);
    this.texels = new StateTexels(scene.count);
    this.state = new StateTexture(context, this.texels);
    this.values = measureScales.map(() => new Float32Array(scene.count).fill(NaN));
    this.freshness = new Uint8Array(scene.count);
    const positions = new Float32Array(scene.count * 3);
    for (let slot = 0; slot < scene.count; slot++) {
      positions.set(this.plan.base.subarray(4 * slot, 4 * slot + 3), 3 * slot);
    }
    const inOrder = Uint32Array.from({ length: scene.count }, (_, i) => i);
    this.spheres = this.plan.chunks.map((chunk) => {
      let pad = 0;
      for (let slot = chunk.start; slot < chunk.start + chunk.count; slot++) {
        pad = Math.max(pad, this.plan.radius[slot]! + this.plan.base[4 * slot + 3]!);
      }
      return chunkSphere(positions, inOrder, chunk, pad);
    });
    const attributeLocations = buildingAttributes;
    this.solids = ShaderProgram.fromCache({
      context, attributeLocations,
      vertexShaderSource: buildingVertexShader, fragmentShaderSource: buildingFragmentShader,
    });
    this.edges = ShaderProgram.fromCache({
      context, attributeLocations,
      vertexShaderSource: roofEdgeVertexShader, fragmentShaderSource: roofEdgeFragmentShader,
    });
    this.setTheme(theme);
  }

  /** Builds the geometry a slice at a time, so that the page stays alive meanwhile. */
  async build(stillWanted: () => boolean): Promise<void> {
    const uniformMap = this.uniforms();
    const solid = RenderState.fromCache({ depthTest: { enabled: true }, cull: { enabled: true } });
    const line = RenderState.fromCache({
      depthTest: { enabled: true }, depthMask: false, blending: BlendingState.ALPHA_BLEND,
    });
    const edgeCommands: DrawCommand[] = [];
    let sliceStart = performance.now();
    for (const [i, chunk] of this.plan.chunks.entries()) {
      const mesh = meshBuildings(this.plan, chunk);
      if (this.destroyed || !stillWanted()) return;
      if (mesh.vertexCount === 0) continue;
      const buffer = vertexBuffer(this.context, new Uint8Array(mesh.vertices));
      this.buffers.push(buffer);
      const boundingVolume = this.worldSphere(this.spheres[i]!);
      const add = (
        indices: Uint16Array, primitiveType: PrimitiveType, shaderProgram: ShaderProgram, renderState: RenderState,
      ): DrawCommand => {
        const array = vertexArray(
          this.context, buffer, buildingStrideBytes, layout, indexBuffer(this.context, indices));
        this.vertexArrays.push(array);
        return new DrawCommand({
          boundingVolume, modelMatrix: this.modelMatrix, primitiveType, vertexArray: array, count: indices.length,
          shaderProgram, uniformMap, renderState, pass: Pass.OPAQUE, owner: this,
        });
      };
      this.commands.push(add(mesh.triangles, PrimitiveType.TRIANGLES, this.solids, solid));
      edgeCommands.push(add(mesh.roofEdges, PrimitiveType.LINES, this.edges, line));
      if (performance.now() - sliceStart > buildSliceMilliseconds) {
        await new Promise((resolve) => setTimeout(resolve));
        sliceStart = performance.now();
      }
    }
    this.commands.push(...edgeCommands);
  }

  apply(changes: ChangeColumns): void {
    for (let i = 0; i < changes.count; i++) {
      const slot = this.slots.slotOf(changes.handle[i]!);
      if (slot < 0) continue;
      for (let m = 0; m < this.values.length && m < changes.measures.length; m++) {
        this.values[m]![slot] = changes.measures[m]![i]!;
      }
      this.freshness[slot] = freshnessOf(changes.flags[i]!);
      this.paint(slot);
    }
  }

  setMeasure(measure: number): void {
    this.measure = measure;
    for (let slot = 0; slot < this.slots.count; slot++) this.paint(slot);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.colors = buildingColors(theme).map(vector);
  }

  pick(ray: Ray): Hit | undefined {
    return this.show ? pickBuilding(ray, this.plan, this.spheres) : undefined;
  }

  /** Called by the scene for each frame it draws. */
  update(frame: RenderFrame): void {
    if (!this.show || !frame.passes.render) return;
    this.state.upload();
    for (const command of this.commands) frame.commandList.push(command);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  destroy(): void {
    this.destroyed = true;
    for (const array of this.vertexArrays) array.destroy();
    for (const buffer of this.buffers) buffer.destroy();
    this.solids.destroy();
    this.edges.destroy();
    this.state.destroy();
  }

  private paint(slot: number): void {
    const value = this.values[this.measure]![slot]!;
    this.texels.set(slot, buildingTexel(value, this.measure, this.freshness[slot]! as Freshness));
  }

  private worldSphere(sphere: Sphere): BoundingSphere {
    const centre = Matrix4.multiplyByPoint(
      this.modelMatrix, new Cartesian3(sphere[0], sphere[1], sphere[2]), new Cartesian3());
    return new BoundingSphere(centre, sphere[3]);
  }

  private uniforms(): UniformMap {
    return {
      u_state: () => this.state.texture,
      u_colors: () => this.colors,
      u_neutral: () => themeVectors[this.theme].neutral,
      u_lost: () => themeVectors[this.theme].lost,
      u_accent: () => themeVectors[this.theme].accent,
      u_edge: () => themeVectors[this.theme].edge,
      u_ambient: () => themes[this.theme].ambient,
      u_diffuse: () => themes[this.theme].diffuse,
      u_selected: () => this.selectedSlot,
      u_hovered: () => this.hoveredSlot,
      u_live: () => (this.surroundings.live ? 1 : 0),
      u_haze: () => this.surroundings.haze,
      u_hazeMetres: () => this.surroundings.hazeMetres,
    };
  }
}
