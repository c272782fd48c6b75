import {
  BlendingState, BoundingSphere, Cartesian3, DrawCommand, Matrix4, Pass, PrimitiveType, RenderState, ShaderProgram,
  type Buffer, type RenderContext, type UniformMap, type VertexArray,
} from 'cesium';
import { additive } from './blending';
import type { Vector } from './cityCamera';
import { indexBuffer, vertexArray, vertexBuffer } from './gpu';
import { lampStrideFloats, meshLamps } from './lampMesh';
import {
  lampAttributes, lampFarMetres, poleFragmentShader, poleVertexShader, poolFragmentShader, poolMetres,
  poolVertexShader,
} from './lampShaders';
import type { PointPlan } from './picking';

/** Chunks whose near look is kept; those out of sight longest give way. */
const chunksMax = 48;

interface NearChunk {
  readonly commands: readonly DrawCommand[];
  readonly arrays: readonly VertexArray[];
  readonly buffer: Buffer;
}

/** Poles, and pools of light on the ground, for the lamps near the camera; made when the camera first comes near. */
export class LampLayer {
  private readonly near = new Map<number, NearChunk>();
  private readonly poolShader: ShaderProgram;
  private readonly poleShader: ShaderProgram;
  private readonly poolState: RenderState;
  private readonly poleState: RenderState;

  constructor(
    private readonly plan: PointPlan, private readonly context: RenderContext,
    private readonly modelMatrix: Matrix4, private readonly uniformMap: UniformMap,
  ) {
    const attributeLocations = lampAttributes;
    this.poolShader = ShaderProgram.fromCache({
      context, attributeLocations, vertexShaderSource: poolVertexShader, fragmentShaderSource: poolFragmentShader });
    this.poleShader = ShaderProgram.fromCache({
      context, attributeLocations, vertexShaderSource: poleVertexShader, fragmentShaderSource: poleFragmentShader });
    this.poolState = RenderState.fromCache({ depthTest: { enabled: true }, depthMask: false, blending: additive });
    this.poleState = RenderState.fromCache({
      depthTest: { enabled: true }, depthMask: false, blending: BlendingState.ALPHA_BLEND });
  }

  /** Adds what is near the eye, given in the local frame. */
  draw(eye: Vector, commandList: DrawCommand[]): void {
    this.plan.spheres.forEach(([x, y, z, radius], i) => {
      if (Math.hypot(x - eye[0], y - eye[1], z - eye[2]) - radius > lampFarMetres) return;
      const chunk = this.near.get(i) ?? this.build(i);
      this.near.delete(i);
      this.near.set(i, chunk);
      for (const command of chunk.commands) commandList.push(command);
    });
    for (const [i, chunk] of this.near) {
      if (this.near.size <= chunksMax) break;
      this.near.delete(i);
      release(chunk);
    }
  }

  destroy(): void {
    for (const chunk of this.near.values()) release(chunk);
    this.near.clear();
    this.poolShader.destroy();
    this.poleShader.destroy();
  }

  private build(i: number): NearChunk {
    const mesh = meshLamps(this.plan.positions, this.plan.chunks[i]!);
    const buffer = vertexBuffer(this.context, mesh.vertices);
    const [x, y, z, radius] = this.plan.spheres[i]!;
    const centre = Matrix4.multiplyByPoint(this.modelMatrix, new Cartesian3(x, y, z), new Cartesian3());
    const boundingVolume = new BoundingSphere(centre, radius + poolMetres);
    const arrayOf = (indices: Uint16Array): VertexArray => vertexArray(this.context, buffer, lampStrideFloats * 4, [
      { location: lampAttributes.lamp, components: 3, offsetInBytes: 0 },
      { location: lampAttributes.slot, components: 1, offsetInBytes: 12 },
      { location: lampAttributes.corner, components: 2, offsetInBytes: 16 },
    ], indexBuffer(this.context, indices));
    const shared = {
      boundingVolume, modelMatrix: this.modelMatrix, uniformMap: this.uniformMap, pass: Pass.OPAQUE, owner: this };
    const pools = arrayOf(mesh.pools);
    const poles = arrayOf(mesh.poles);
    return {
      buffer,
      arrays: [pools, poles],
      commands: [
        new DrawCommand({
          ...shared, primitiveType: PrimitiveType.TRIANGLES, vertexArray: pools, count: mesh.pools.length,
          shaderProgram: this.poolShader, renderState: this.poolState }),
        new DrawCommand({
          ...shared, primitiveType: PrimitiveType.LINES, vertexArray: poles, count: mesh.poles.length,
          shaderProgram: this.poleShader, renderState: this.poleState }),
      ],
    };
  }
}

function release(chunk: NearChunk): void {
  for (const array of chunk.arrays) array.destroy();
  chunk.buffer.destroy();
}
