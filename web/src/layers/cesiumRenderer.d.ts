// Cesium exports its renderer classes but leaves them out of its published types. The map draws with them directly,
// because no public class keeps the state of 100,000 objects in one texture that is updated in part.
// The cesium version is pinned, so these declarations describe exactly that version.
declare module 'cesium' {
  export interface RenderContext {
    readonly webgl2: boolean;
    readonly drawingBufferWidth: number;
  }
  export interface RenderFrame {
    readonly context: RenderContext;
    readonly commandList: DrawCommand[];
    readonly passes: { readonly render: boolean };
  }
  export const BufferUsage: { readonly STATIC_DRAW: number };
  export const Pass: { readonly GLOBE: number; readonly OPAQUE: number };
  export class Buffer {
    static createVertexBuffer(options: { context: RenderContext; typedArray: ArrayBufferView; usage: number }): Buffer;
    static createIndexBuffer(options: {
      context: RenderContext; typedArray: ArrayBufferView; usage: number; indexDatatype: number;
    }): Buffer;
    vertexArrayDestroyable: boolean;
    destroy(): void;
  }
  export interface VertexAttribute {
    index: number;
    vertexBuffer: Buffer;
    componentsPerAttribute: number;
    componentDatatype: number;
    normalize?: boolean;
    offsetInBytes: number;
    strideInBytes: number;
  }
  export class VertexArray {
    constructor(options: { context: RenderContext; attributes: VertexAttribute[]; indexBuffer?: Buffer });
    destroy(): void;
  }
  export class ShaderProgram {
    static fromCache(options: {
      context: RenderContext; vertexShaderSource: string; fragmentShaderSource: string;
      attributeLocations: Record<string, number>;
    }): ShaderProgram;
    destroy(): void;
  }
  export interface RenderState { readonly id: number }
  export const RenderState: { fromCache(options: object): RenderState };
  export class Sampler { static readonly NEAREST: Sampler; constructor(options?: object) }
  export class Texture {
    constructor(options: {
      context: RenderContext; width?: number; height?: number; flipY?: boolean; sampler?: Sampler;
      source?: { arrayBufferView: Uint8Array; width: number; height: number } | HTMLCanvasElement;
    });
    copyFrom(options: {
      xOffset: number; yOffset: number; source: { arrayBufferView: Uint8Array; width: number; height: number };
    }): void;
    destroy(): void;
  }
  export class DrawCommand {
    constructor(options: {
      boundingVolume?: BoundingSphere; modelMatrix: Matrix4; primitiveType: PrimitiveType; vertexArray: VertexArray;
      count: number; offset?: number; shaderProgram: ShaderProgram; uniformMap: UniformMap; renderState: RenderState;
      pass: number; owner?: unknown; cull?: boolean;
    });
  }
  export type UniformMap = Record<string, () => unknown>;
}
