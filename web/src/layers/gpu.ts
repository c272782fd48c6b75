import {
  Buffer, BufferUsage, Cartesian3, Cartesian4, ComponentDatatype, IndexDatatype, Sampler, Texture,
  TextureMagnificationFilter, TextureMinificationFilter, VertexArray, type RenderContext, type VertexAttribute,
} from 'cesium';
import type { Vector } from './cityCamera';
import type { Rgb } from './color';
import { StateTexels, texelsPerRow } from './stateTexels';
import { groundClasses, themes, type Theme } from './themes';

/** What every shader of the map shares; layers read it at each frame. */
export interface Surroundings {
  live: boolean;
  haze: Cartesian3;
  hazeMetres: number;
  metresPerPixel: number;
  /** Markers and lines grow on a wall of screens, which is read from farther away. */
  markerScale: number;
  /** Where the camera is, in the local frame. */
  eye: Vector;
}

export const vector = (color: Rgb): Cartesian3 => new Cartesian3(color[0], color[1], color[2]);
export const vector4 = (color: Rgb, w: number): Cartesian4 => new Cartesian4(color[0], color[1], color[2], w);

const vectorsOf = (theme: Theme) => ({
  neutral: vector(themes[theme].neutral),
  lost: vector(themes[theme].lost),
  accent: vector(themes[theme].accent),
  edge: vector(themes[theme].buildingEdge),
  haze: vector(themes[theme].haze),
  ground: groundClasses.map((name) => vector(themes[theme].ground[name])),
});

/** The colours of the themes as uniforms take them; made once, because every draw call asks for them. */
export const themeVectors = { dark: vectorsOf('dark'), light: vectorsOf('light') } as const;

export interface AttributeLayout {
  readonly location: number;
  readonly components: number;
  readonly offsetInBytes: number;
  readonly bytes?: boolean;
}

export function vertexArray(
  context: RenderContext, buffer: Buffer, strideInBytes: number, layout: readonly AttributeLayout[], indices?: Buffer,
): VertexArray {
  const attributes: VertexAttribute[] = layout.map((attribute) => ({
    index: attribute.location,
    vertexBuffer: buffer,
    componentsPerAttribute: attribute.components,
    componentDatatype: attribute.bytes ? ComponentDatatype.UNSIGNED_BYTE : ComponentDatatype.FLOAT,
    normalize: attribute.bytes === true,
    offsetInBytes: attribute.offsetInBytes,
    strideInBytes,
  }));
  return new VertexArray({ context, attributes, ...(indices ? { indexBuffer: indices } : {}) });
}

export function vertexBuffer(context: RenderContext, typedArray: ArrayBufferView): Buffer {
  const buffer = Buffer.createVertexBuffer({ context, typedArray, usage: BufferUsage.STATIC_DRAW });
  // Roofs and their edges share a buffer, and a vertex array would destroy it under the other.
  buffer.vertexArrayDestroyable = false;
  return buffer;
}

export function indexBuffer(context: RenderContext, typedArray: Uint16Array | Uint32Array): Buffer {
  const indexDatatype = typedArray instanceof Uint16Array ? IndexDatatype.UNSIGNED_SHORT : IndexDatatype.UNSIGNED_INT;
  return Buffer.createIndexBuffer({ context, typedArray, usage: BufferUsage.STATIC_DRAW, indexDatatype });
}

/** The GPU side of `StateTexels`: uploads the rows that changed, before a frame is drawn. */
export class StateTexture {
  readonly texture: Texture;

  constructor(context: RenderContext, private readonly texels: StateTexels) {
    this.texture = new Texture({
      context,
      flipY: false,
      sampler: Sampler.NEAREST,
      source: { arrayBufferView: texels.bytes, width: texelsPerRow, height: texels.rows },
    });
    texels.takeDirtyRuns();
  }

  upload(): void {
    if (!this.texels.isDirty) return;
    for (const run of this.texels.takeDirtyRuns()) {
      const source = { arrayBufferView: this.texels.rowBytes(run), width: texelsPerRow, height: run.rows };
      this.texture.copyFrom({ xOffset: 0, yOffset: run.row, source });
    }
  }

  destroy(): void {
    this.texture.destroy();
  }
}

/** The digits 0 to 9 in a row, for the numbers inside markers. */
export function glyphTexture(context: RenderContext): Texture {
  const cell = 64;
  const canvas = document.createElement('canvas');
  canvas.width = cell * 10;
  canvas.height = cell;
  const pen = canvas.getContext('2d')!;
  pen.font = `700 ${cell * 0.82}px system-ui, "Segoe UI", "DejaVu Sans", sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillStyle = '#fff';
  for (let digit = 0; digit < 10; digit++) pen.fillText(String(digit), (digit + 0.5) * cell, cell * 0.55);
  const sampler = new Sampler({
    minificationFilter: TextureMinificationFilter.LINEAR,
    magnificationFilter: TextureMagnificationFilter.LINEAR,
  });
  return new Texture({ context, flipY: false, sampler, source: canvas });
}
