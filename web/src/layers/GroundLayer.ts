import {
  BlendingState, BoundingSphere, Cartesian3, DrawCommand, Matrix4, Pass, PrimitiveType, RenderState, ShaderProgram,
  type Buffer, type RenderContext, type RenderFrame, type UniformMap, type VertexArray,
} from 'cesium';
import { rgb } from './color';
import { indexBuffer, themeVectors, vector, vertexArray, vertexBuffer, type AttributeLayout, type Surroundings }
  from './gpu';
import { groundStrideFloats, meshGround } from './groundMesh';
import type { LocalFrame } from './localFrame';
import type { DistrictShape, GroundFile } from './mapPort';
import { hasRelief, meshRelief, reliefStrideFloats } from './reliefMesh';
import {
  groundAttributes, groundFragmentShader, groundVertexShader, reliefAttributes, reliefFragmentShader,
  reliefVertexShader,
} from './shaders';
import type { Theme } from './themes';

const groundRadiusMetres = 170000;

const snow = { dark: vector(rgb('#8da0b0')), light: vector(rgb('#d5dce1')) } as const;

interface Drawn {
  readonly command: DrawCommand;
  readonly array: VertexArray;
  readonly buffer: Buffer;
}

/** The land below the city: plain, water, parks, streets, district borders and the mountains. Drawn, never fetched. */
export class GroundLayer {
  /** North edge of the hills in the local frame; they keep south of the city. */
  reliefEdgeNorth = 0;
  /** Off where imagery shows the land instead. */
  show = true;
  private readonly flatShader: ShaderProgram;
  private readonly reliefShader: ShaderProgram;
  private readonly relief: Drawn | undefined;
  private flat: Drawn;
  private theme: Theme;
  private destroyed = false;

  constructor(
    private readonly frame: LocalFrame, private readonly context: RenderContext,
    private readonly modelMatrix: Matrix4, private readonly surroundings: Surroundings, theme: Theme,
  ) {
    this.theme = theme;
    this.flatShader = ShaderProgram.fromCache({
      context, attributeLocations: groundAttributes,
      vertexShaderSource: groundVertexShader, fragmentShaderSource: groundFragmentShader,
    });
    this.reliefShader = ShaderProgram.fromCache({
      context, attributeLocations: reliefAttributes,
      vertexShaderSource: reliefVertexShader, fragmentShaderSource: reliefFragmentShader,
    });
    this.flat = this.buildFlat({ features: [] }, []);
    if (hasRelief(frame.longitude, frame.latitude)) this.relief = this.buildRelief();
  }

  setGround(ground: GroundFile, districts: readonly DistrictShape[]): void {
    this.release(this.flat);
    this.flat = this.buildFlat(ground, districts);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
  }

  update(frame: RenderFrame): void {
    if (!frame.passes.render || !this.show) return;
    frame.commandList.push(this.flat.command);
    if (this.relief) frame.commandList.push(this.relief.command);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  destroy(): void {
    this.destroyed = true;
    this.release(this.flat);
    if (this.relief) this.release(this.relief);
    this.flatShader.destroy();
    this.reliefShader.destroy();
  }

  private buildFlat(ground: GroundFile, districts: readonly DistrictShape[]): Drawn {
    const mesh = meshGround(ground, districts, this.frame);
    // Painter's order within the command: nothing on the plain hides anything else on it by depth.
    const renderState = RenderState.fromCache({
      depthTest: { enabled: false }, depthMask: false, blending: BlendingState.ALPHA_BLEND,
    });
    return this.draw(mesh, groundStrideFloats, [
      { location: groundAttributes.position, components: 3, offsetInBytes: 0 },
      { location: groundAttributes.side, components: 3, offsetInBytes: 12 },
      { location: groundAttributes.paint, components: 2, offsetInBytes: 24 },
    ], this.flatShader, renderState);
  }

  private buildRelief(): Drawn {
    const renderState = RenderState.fromCache({ depthTest: { enabled: true } });
    return this.draw(meshRelief(this.frame), reliefStrideFloats, [
      { location: reliefAttributes.position, components: 3, offsetInBytes: 0 },
      { location: reliefAttributes.normal, components: 3, offsetInBytes: 12 },
      { location: reliefAttributes.height, components: 1, offsetInBytes: 24 },
    ], this.reliefShader, renderState);
  }

  private draw(
    mesh: { vertices: Float32Array; indices: Uint32Array }, strideFloats: number, layout: readonly AttributeLayout[],
    shaderProgram: ShaderProgram, renderState: RenderState,
  ): Drawn {
    const buffer = vertexBuffer(this.context, mesh.vertices);
    const indices = indexBuffer(this.context, mesh.indices);
    const array = vertexArray(this.context, buffer, strideFloats * 4, layout, indices);
    const centre = Matrix4.multiplyByPoint(this.modelMatrix, Cartesian3.ZERO, new Cartesian3());
    const command = new DrawCommand({
      boundingVolume: new BoundingSphere(centre, groundRadiusMetres), modelMatrix: this.modelMatrix,
      primitiveType: PrimitiveType.TRIANGLES, vertexArray: array, count: mesh.indices.length, shaderProgram,
      uniformMap: this.uniforms(), renderState, pass: Pass.GLOBE, owner: this,
    });
    return { command, array, buffer };
  }

  private release(drawn: Drawn): void {
    drawn.array.destroy();
    drawn.buffer.destroy();
  }

  private uniforms(): UniformMap {
    return {
      u_ground: () => themeVectors[this.theme].ground,
      u_snow: () => snow[this.theme],
      u_edgeNorth: () => this.reliefEdgeNorth,
      u_metresPerPixel: () => this.surroundings.metresPerPixel,
      u_live: () => (this.surroundings.live ? 1 : 0),
      u_markerScale: () => this.surroundings.markerScale,
      u_haze: () => this.surroundings.haze,
      u_hazeMetres: () => this.surroundings.hazeMetres,
    };
  }
}
