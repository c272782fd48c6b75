import {
  BoundingSphere, Cartesian3, Cartesian4, DrawCommand, Matrix4, Pass, PrimitiveType,
  RenderState, ShaderProgram,
  type Buffer, type RenderContext, type RenderFrame, type Texture, type UniformMap, type VertexArray,
} from 'cesium';
import { freshnessOf, Freshness, TwinKind, type ChangeColumns, type SceneColumns } from '../twins/columns';
import { premultiplied } from './blending';
import type { Lens } from './cityCamera';
import { StateTexture, themeVectors, vector4, vertexArray, vertexBuffer, type Surroundings } from './gpu';
import { LampLayer } from './LampLayer';
import type { LocalFrame } from './localFrame';
import { indicativeAqiOffset, pointShapes, pointStyles, styleColor, styleOf, type PointStyle } from './palettes';
import { pickPoint, type Hit, type PointPlan } from './picking';
import { pointAttributes, pointFragmentShader, pointVertexShader, styleCountMax } from './shaders';
import { chunkSphere, orderByPlace, Slots } from './slots';
import { packTexel, StateTexels } from './stateTexels';
import type { Theme } from './themes';

const pointsPerChunk = 4096;

/** Where markers stand when the scene does not say how high. */
const markerHeightMetres: Partial<Record<TwinKind, number>> = { [TwinKind.streetlight]: 9 };

/** All twins of one kind that are shown as a point: lights, meters, sensors, cabinets, feeders. */
export class PointLayer {
  readonly kind: TwinKind;
  readonly slots: Slots;
  readonly plan: PointPlan;
  show = true;
  selectedSlot = -1;
  hoveredSlot = -1;
  private readonly texels: StateTexels;
  private readonly state: StateTexture;
  private readonly styles: readonly PointStyle[];
  private readonly tagOfSlot: Uint8Array;
  private readonly shader: ShaderProgram;
  private readonly buffer: Buffer;
  private readonly array: VertexArray;
  private readonly commands: DrawCommand[];
  private readonly lamps: LampLayer | undefined;
  private styleVectors: Cartesian4[] = [];
  private readonly sizeVectors: Cartesian4[];
  private theme: Theme = 'dark';
  private destroyed = false;

  constructor(
    scene: SceneColumns, frame: LocalFrame, context: RenderContext, modelMatrix: Matrix4,
    private readonly glyphs: Texture,
    private readonly surroundings: Surroundings,
    theme: Theme,
  ) {
    const { kind } = scene;
    this.kind = kind;
    this.styles = pointStyles[kind] ?? [];
    const placed = new Float32Array(scene.count * 3);
    const least = markerHeightMetres[kind] ?? 2;
    for (let i = 0; i < scene.count; i++) {
      const height = Math.max(scene.heightMetres[i]! || 0, least);
      frame.write(scene.longitude[i]!, scene.latitude[i]!, height, placed, 3 * i);
    }
    const { order, chunks } = orderByPlace(placed, pointsPerChunk);
    this.slots = new Slots(scene.handle, order);
    this.tagOfSlot = Uint8Array.from(order, (row) => scene.tag[row] ?? 0);
    const positions = new Float32Array(scene.count * 3);
    const vertices = new Float32Array(scene.count * 4);
    order.forEach((row, slot) => {
      positions.set(placed.subarray(3 * row, 3 * row + 3), 3 * slot);
      vertices.set(placed.subarray(3 * row, 3 * row + 3), 4 * slot);
      vertices[4 * slot + 3] = slot;
    });
    this.plan = { positions, chunks, spheres: chunks.map((chunk) => chunkSphere(placed, order, chunk, 5)) };
    this.texels = new StateTexels(scene.count);
    for (let slot = 0; slot < scene.count; slot++) this.paint(slot, 0, Freshness.neverReported, 1);
    this.state = new StateTexture(context, this.texels);
    this.shader = ShaderProgram.fromCache({
      context, attributeLocations: pointAttributes,
      vertexShaderSource: pointVertexShader, fragmentShaderSource: pointFragmentShader,
    });
    this.buffer = vertexBuffer(context, scene.count > 0 ? vertices : new Float32Array(4));
    this.array = vertexArray(context, this.buffer, 16, [
      { location: pointAttributes.position, components: 3, offsetInBytes: 0 },
      { location: pointAttributes.slot, components: 1, offsetInBytes: 12 },
    ]);
    this.sizeVectors = Array.from({ length: styleCountMax }, (_, i) => sizeVector(this.styles[i]));
    const uniformMap = this.uniforms();
    this.commands = this.buildCommands(modelMatrix, uniformMap);
    if (kind === TwinKind.streetlight) this.lamps = new LampLayer(this.plan, context, modelMatrix, uniformMap);
    this.setTheme(theme);
  }

  apply(changes: ChangeColumns): void {
    const intensity = this.kind === TwinKind.streetlight ? changes.measures[0] : undefined;
    for (let i = 0; i < changes.count; i++) {
      const slot = this.slots.slotOf(changes.handle[i]!);
      if (slot < 0) continue;
      const percent = intensity?.[i] ?? 100;
      this.paint(slot, changes.condition[i]!, freshnessOf(changes.flags[i]!), (percent || 100) / 100);
    }
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.styleVectors = Array.from({ length: styleCountMax }, (_, i) => {
      const style = this.styles[i] ?? this.styles[0]!;
      return vector4(styleColor(style, theme), pointShapes.indexOf(style.shape));
    });
  }

  pick(lens: Lens, x: number, y: number): Hit | undefined {
    if (!this.show) return undefined;
    const reach = 2 + (this.surroundings.markerScale * Math.max(...this.styles.map((style) => style.maxPixels))) / 2;
    return pickPoint(lens, x, y, this.plan, (slot, depth) => this.radiusPixels(slot, depth), reach);
  }

  /** Drawn over everything: markers that stand inside buildings, or must never hide behind one. */
  get isOnTop(): boolean {
    return this.kind !== TwinKind.streetlight;
  }

  update(frame: RenderFrame): void {
    if (!this.show || !frame.passes.render) return;
    this.state.upload();
    this.lamps?.draw(this.surroundings.eye, frame.commandList);
    for (const command of this.commands) frame.commandList.push(command);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  destroy(): void {
    this.destroyed = true;
    this.lamps?.destroy();
    this.array.destroy();
    this.buffer.destroy();
    this.shader.destroy();
    this.state.destroy();
  }

  private paint(slot: number, condition: number, freshness: Freshness, intensity: number): void {
    const style = styleOf(this.kind, condition, this.tagOfSlot[slot]!, freshness);
    const level = Math.max(0, Math.min(255, Math.round(intensity * 255)));
    this.texels.set(slot, packTexel(style, freshness, level, style % indicativeAqiOffset));
  }

  // The same as in the shader, so that what is drawn is what can be picked.
  private radiusPixels(slot: number, depth: number): number {
    const style = this.styles[this.texels.get(slot) & 255];
    if (!style || depth > style.farMetres) return 0;
    const pixels = Math.min(style.maxPixels, Math.max(style.minPixels, (style.maxPixels * 380) / depth));
    return (pixels * this.surroundings.markerScale) / 2;
  }

  private buildCommands(modelMatrix: Matrix4, uniformMap: UniformMap): DrawCommand[] {
    const renderState = RenderState.fromCache({
      depthTest: { enabled: !this.isOnTop }, depthMask: false, blending: premultiplied,
    });
    return this.plan.chunks.map((chunk, i) => {
      const [x, y, z, radius] = this.plan.spheres[i]!;
      const centre = Matrix4.multiplyByPoint(modelMatrix, new Cartesian3(x, y, z), new Cartesian3());
      return new DrawCommand({
        boundingVolume: new BoundingSphere(centre, radius), modelMatrix, primitiveType: PrimitiveType.POINTS,
        vertexArray: this.array, offset: chunk.start, count: chunk.count, shaderProgram: this.shader, uniformMap,
        // Opaque commands keep their order, so lights come after buildings and markers after both.
        renderState, pass: Pass.OPAQUE, owner: this,
      });
    });
  }

  private uniforms(): UniformMap {
    return {
      u_state: () => this.state.texture,
      u_glyphs: () => this.glyphs,
      u_styles: () => this.styleVectors,
      u_sizes: () => this.sizeVectors,
      u_neutral: () => themeVectors[this.theme].neutral,
      u_lost: () => themeVectors[this.theme].lost,
      u_accent: () => themeVectors[this.theme].accent,
      u_outline: () => (this.theme === 'dark' ? themeVectors.dark.haze : themeVectors.light.edge),
      u_glowStrength: () => (this.theme === 'dark' ? 1 : 0.25),
      u_pole: () => themeVectors[this.theme].edge,
      u_poolStrength: () => (this.theme === 'dark' ? 0.2 : 0.03),
      u_selected: () => this.selectedSlot,
      u_hovered: () => this.hoveredSlot,
      u_live: () => (this.surroundings.live ? 1 : 0),
      u_markerScale: () => this.surroundings.markerScale,
      u_haze: () => this.surroundings.haze,
      u_hazeMetres: () => this.surroundings.hazeMetres,
    };
  }
}

function sizeVector(style: PointStyle | undefined): Cartesian4 {
  if (!style) return new Cartesian4(0, 0, 1, 0);
  const flags = (style.glow ? 1 : 0) + (style.numbered ? 2 : 0);
  return new Cartesian4(style.minPixels, style.maxPixels, style.farMetres, flags);
}
