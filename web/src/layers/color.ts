/** Red, green and blue from 0 to 1, as the shaders take them. */
export type Rgb = readonly [number, number, number];

export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

export function hex(color: Rgb): string {
  return '#' + color.map((part) => Math.round(part * 255).toString(16).padStart(2, '0')).join('');
}

export const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];

const luma = (color: Rgb): number => 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];

/** How much colour a stale twin keeps, and how much everything keeps while the connection is lost. */
export const staleSaturation = 0.35;
const notLiveSaturation = 0.12;

/** How much of everything the haze takes while the connection is lost. */
const notLiveHaze = 0.36;

export const desaturate = (color: Rgb, saturation: number): Rgb => {
  const grey = luma(color);
  return mix([grey, grey, grey], color, saturation);
};

/** What is left of a colour while the connection is lost. */
export const notLive = (color: Rgb, haze: Rgb): Rgb => mix(desaturate(color, notLiveSaturation), haze, notLiveHaze);

/** The same as `desaturate`, for the shaders. */
export const desaturateGlsl = `
vec3 desaturate(vec3 color, float saturation) {
  return mix(vec3(dot(color, vec3(0.2126, 0.7152, 0.0722))), color, saturation);
}
`;

/** The same as `notLive`, for the shaders; needs `desaturate`. */
export const notLiveGlsl = `
vec3 notLive(vec3 color, vec3 haze) {
  return mix(desaturate(color, ${notLiveSaturation.toFixed(4)}), haze, ${notLiveHaze.toFixed(4)});
}
`;

/** WCAG 2.2 contrast ratio, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const first = relativeLuminance(a);
  const second = relativeLuminance(b);
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}

function relativeLuminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
