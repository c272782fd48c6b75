import { desaturateGlsl, notLiveGlsl, staleSaturation } from './color';
import { texelsPerRow } from './stateTexels';

const number = (value: number): string => value.toFixed(4);

export const sharedGlsl = `
uniform float u_live;
uniform vec3 u_haze;
uniform float u_hazeMetres;
${desaturateGlsl}
${notLiveGlsl}
vec3 finish(vec3 color, float distance) {
  vec3 shown = mix(notLive(color, u_haze), color, u_live);
  float clear = exp(-pow(distance / u_hazeMetres, 2.0));
  return mix(u_haze, shown, clear);
}
`;

// Conditions and freshness travel as bytes of one texel a twin; an exact fetch, so no filter can mix two twins.
export const stateLookupGlsl = `
uniform sampler2D u_state;
ivec4 stateOf(float slot) {
  int at = int(slot + 0.5);
  return ivec4(texelFetch(u_state, ivec2(at % ${texelsPerRow}, at / ${texelsPerRow}), 0) * 255.0 + 0.5);
}
`;

const freshnessStale = 2;
const freshnessLost = 3;

export const buildingAttributes = { position: 0, slot: 1, above: 2, surface: 3 };

const buildingVertexHead = `
in vec3 position;
in float slot;
in float above;
in vec4 surface;
${stateLookupGlsl}
uniform vec3 u_colors[8];
uniform vec3 u_neutral;
uniform vec3 u_lost;
uniform vec3 u_accent;
uniform float u_selected;
uniform float u_hovered;
${desaturateGlsl}
vec3 stateColor(ivec4 state) {
  vec3 color = u_colors[state.r];
  if (state.g == ${freshnessLost}) return u_lost;
  if (state.g == ${freshnessStale}) return mix(desaturate(color, ${number(staleSaturation)}), u_neutral, 0.25);
  return color;
}
`;

export const buildingVertexShader = `${buildingVertexHead}
out vec3 v_place;
out vec3 v_normal;
out float v_above;
out float v_along;
out float v_distance;
flat out vec3 v_color;
flat out int v_freshness;
flat out float v_marked;
void main() {
  ivec4 state = stateOf(slot);
  vec2 flatNormal = (surface.xy * 255.0 - 128.0) / 127.0;
  v_normal = surface.w > 0.0 ? vec3(0.0, 0.0, 1.0) : vec3(flatNormal, 0.0);
  v_place = position;
  v_above = above;
  v_along = surface.w > 0.0 ? 0.5 : surface.z;
  v_color = stateColor(state);
  v_freshness = state.g;
  v_marked = abs(slot - u_selected) < 0.5 ? 1.0 : abs(slot - u_hovered) < 0.5 ? 0.35 : 0.0;
  vec4 eye = czm_modelView * vec4(position, 1.0);
  v_distance = length(eye.xyz);
  gl_Position = czm_projection * eye;
}
`;

export const buildingFragmentShader = `
in vec3 v_place;
in vec3 v_normal;
in float v_above;
in float v_along;
in float v_distance;
flat in vec3 v_color;
flat in int v_freshness;
flat in float v_marked;
uniform vec3 u_accent;
uniform float u_ambient;
uniform float u_diffuse;
${sharedGlsl}
const vec3 sun = vec3(-0.56, -0.34, 0.755);
void main() {
  vec3 color = v_color;
  bool roof = v_normal.z > 0.5;
  if (v_freshness == ${freshnessStale}) {
    // Stripes through the whole building; beyond the distance at which they would flicker, their mean.
    float phase = (v_place.x + v_place.y + v_place.z) / 7.0;
    float width = fwidth(phase);
    float stripe = smoothstep(0.30, 0.30 + width + 0.02, abs(fract(phase) - 0.5));
    color *= mix(0.62 + 0.5 * stripe, 0.85, clamp(width * 2.5, 0.0, 1.0));
  }
  color = mix(color, u_accent, v_marked * 0.85);
  float light = u_ambient + u_diffuse * max(dot(normalize(v_normal), sun), 0.0);
  if (!roof) {
    // Less of the sky reaches the foot of a wall.
    light *= mix(0.66, 1.0, smoothstep(0.0, 16.0, v_above));
    float storeys = v_above / 3.1;
    float blur = fwidth(storeys);
    float line = 1.0 - smoothstep(0.05, 0.05 + blur, abs(fract(storeys) - 0.5) * 2.0 - 0.0);
    light *= 1.0 - 0.16 * line * (1.0 - smoothstep(0.15, 0.45, blur));
    float corner = min(v_along, 1.0 - v_along) / max(fwidth(v_along), 1e-5);
    light *= mix(1.16, 1.0, smoothstep(0.6, 1.6, corner));
  } else {
    light *= 1.06;
  }
  out_FragColor = vec4(finish(color * light, v_distance), 1.0);
}
`;

export const roofEdgeVertexShader = `${buildingVertexHead}
out float v_distance;
flat out vec3 v_color;
flat out float v_marked;
flat out float v_lost;
void main() {
  ivec4 state = stateOf(slot);
  v_color = stateColor(state);
  v_lost = state.g == ${freshnessLost} ? 1.0 : 0.0;
  v_marked = abs(slot - u_selected) < 0.5 ? 1.0 : 0.0;
  vec4 eye = czm_modelView * vec4(position + vec3(0.0, 0.0, 0.05), 1.0);
  v_distance = length(eye.xyz);
  gl_Position = czm_projection * eye;
  // Towards the eye by a hair, or the roof it belongs to would hide half of it.
  gl_Position.z -= 0.00004 * gl_Position.w;
}
`;

export const roofEdgeFragmentShader = `
in float v_distance;
flat in vec3 v_color;
flat in float v_marked;
flat in float v_lost;
uniform vec3 u_edge;
uniform vec3 u_accent;
${sharedGlsl}
void main() {
  vec3 color = mix(mix(v_color, u_edge, mix(0.42, 1.0, v_lost)), u_accent, v_marked);
  float alpha = mix(0.75 * (1.0 - smoothstep(1800.0, 4200.0, v_distance)), 1.0, v_marked);
  out_FragColor = vec4(finish(color, v_distance), alpha);
}
`;

export const pointAttributes = { position: 0, slot: 1 };

export const styleCountMax = 16;

export const pointVertexShader = `
in vec3 position;
in float slot;
${stateLookupGlsl}
uniform vec4 u_styles[${styleCountMax}];
uniform vec4 u_sizes[${styleCountMax}];
uniform vec3 u_lost;
uniform vec3 u_neutral;
uniform float u_selected;
uniform float u_hovered;
uniform float u_markerScale;
${desaturateGlsl}
out float v_distance;
flat out vec3 v_color;
flat out float v_alpha;
flat out float v_core;
flat out float v_pixels;
flat out int v_shape;
flat out int v_freshness;
flat out int v_digit;
flat out int v_marked;
flat out float v_glow;
void main() {
  ivec4 state = stateOf(slot);
  vec4 style = u_styles[state.r];
  vec4 size = u_sizes[state.r];
  vec4 eye = czm_modelView * vec4(position, 1.0);
  v_distance = length(eye.xyz);
  v_freshness = state.g;
  v_marked = abs(slot - u_selected) < 0.5 ? 2 : abs(slot - u_hovered) < 0.5 ? 1 : 0;
  v_color = style.rgb;
  v_shape = int(style.a + 0.5);
  bool glows = mod(size.w, 2.0) > 0.5;
  v_digit = size.w > 1.5 ? state.a : 0;
  v_glow = glows ? float(state.b) / 255.0 : 0.0;
  if (state.g == ${freshnessStale}) {
    v_color = mix(desaturate(v_color, ${number(staleSaturation)}), u_neutral, 0.25);
    v_glow = 0.0;
  } else if (state.g == ${freshnessLost}) {
    v_color = u_lost;
    v_glow = 0.0;
  }
  float core = clamp(size.y * 380.0 / v_distance, size.x, size.y);
  if (v_marked > 0) core = max(core * 1.5, 11.0);
  core *= czm_pixelRatio * u_markerScale;
  v_alpha = 1.0 - smoothstep(size.z * 0.75, size.z, v_distance);
  // A hundred thousand lamps on one screen are a texture, not a glare.
  if (glows) v_alpha *= clamp(5200.0 / v_distance, 0.34, 1.0) * mix(0.55, 1.0, v_glow);
  if (v_marked > 0) v_alpha = 1.0;
  float near = smoothstep(1.8, 5.0, core);
  v_glow *= near;
  float halo = v_glow > 0.0 ? 1.0 + 5.0 * near : v_marked > 0 ? 2.0 : 1.0;
  if (v_marked > 0) halo = max(halo, 2.0);
  v_pixels = core * halo + 2.0;
  v_core = core / v_pixels;
  gl_PointSize = v_alpha > 0.004 ? v_pixels : 0.0;
  gl_Position = v_alpha > 0.004 ? czm_projection * eye : vec4(2.0, 2.0, 2.0, 1.0);
}
`;

/** Numbers and shape codes follow `pointShapes`. */
export const pointFragmentShader = `
in float v_distance;
flat in vec3 v_color;
flat in float v_alpha;
flat in float v_core;
flat in float v_pixels;
flat in int v_shape;
flat in int v_freshness;
flat in int v_digit;
flat in int v_marked;
flat in float v_glow;
uniform sampler2D u_glyphs;
uniform vec3 u_accent;
uniform float u_glowStrength;
uniform vec3 u_outline;
${sharedGlsl}
float cover(float signedDistance, float pixel) {
  return 1.0 - smoothstep(-pixel, pixel, signedDistance);
}
void main() {
  vec2 at = (gl_PointCoord * 2.0 - 1.0) / v_core;
  float pixel = 1.0 / max(v_pixels * v_core * 0.5, 0.5) * 0.75;
  float round = length(at);
  int shape = v_freshness == ${freshnessLost} && v_shape != 2 ? 1 : v_shape;
  float body = round - 1.0;
  if (shape == 1) body = abs(round - 0.74) - 0.26;
  else if (shape == 2) {
    vec2 turned = abs(vec2(at.x + at.y, at.x - at.y) * 0.7071);
    body = min(max(turned.x - 0.30, turned.y - 1.0), max(turned.y - 0.30, turned.x - 1.0));
  } else if (shape == 3) body = max(abs(at.x), abs(at.y)) - 0.86;
  else if (shape == 4) body = (abs(at.x) + abs(at.y)) - 1.12;
  float inside = cover(body, pixel);
  vec3 color = v_color;
  float corePixels = v_pixels * v_core;
  if (shape >= 2 && corePixels > 7.0 || v_digit > 0) {
    color = mix(color, u_outline, cover(-body - 0.13, pixel) * 0.8);
  }
  if (v_freshness == ${freshnessStale} && corePixels > 4.0) {
    float stripe = abs(fract((gl_PointCoord.x + gl_PointCoord.y) * corePixels / v_core / 5.0) - 0.5) * 2.0;
    inside *= 0.35 + 0.65 * smoothstep(0.25, 0.6, stripe);
  }
  if (v_digit > 0 && corePixels > 10.0) {
    vec2 cell = at * 0.62 + 0.5;
    if (cell.x > 0.0 && cell.x < 1.0 && cell.y > 0.0 && cell.y < 1.0) {
      float ink = texture(u_glyphs, vec2((float(v_digit) + cell.x) / 10.0, cell.y)).a;
      float luma = dot(color, vec3(0.2126, 0.7152, 0.0722));
      color = mix(color, luma > 0.42 ? vec3(0.04, 0.06, 0.09) : vec3(1.0), ink);
    }
  }
  float halo = v_glow * u_glowStrength * pow(max(0.0, 1.0 - round * v_core), 2.2) * 0.62;
  float ring = 0.0;
  if (v_marked > 0) ring = cover(abs(round - 1.55) - 0.14, pixel) * (v_marked == 2 ? 1.0 : 0.6);
  vec3 shown = finish(color, v_distance);
  vec3 accent = finish(u_accent, v_distance);
  float alpha = inside * v_alpha;
  // Premultiplied: a halo adds light without covering what lies behind it.
  vec3 light = shown * alpha + finish(v_color, v_distance) * halo * v_alpha * u_live;
  out_FragColor = vec4(mix(light, accent, ring), mix(alpha, 1.0, ring));
  if (out_FragColor.a + halo < 0.004) discard;
}
`;

export const groundAttributes = { position: 0, side: 1, paint: 2 };

/** `side` is a line's offset direction and half width in metres; `paint` its class and least width in pixels. */
export const groundVertexShader = `
in vec3 position;
in vec3 side;
in vec2 paint;
uniform float u_metresPerPixel;
uniform float u_markerScale;
out float v_distance;
out float v_cover;

flat out int v_class;
void main() {
  v_class = int(paint.x + 0.5);
  vec3 eyePlace = (czm_modelView * vec4(position, 1.0)).xyz;
  v_distance = length(eyePlace);
  float least = paint.y * 0.5 * u_markerScale * u_metresPerPixel * max(-eyePlace.z, 1.0);
  float halfWidth = max(side.z, least);
  // A line that would be thinner than a pixel is drawn a pixel wide and so much fainter.
  v_cover = side.z > 0.0 ? clamp(side.z / halfWidth * 1.35, 0.18, 1.0) : 1.0;
  vec3 place = position + vec3(side.xy * halfWidth, 0.0);
  gl_Position = czm_projection * (czm_modelView * vec4(place, 1.0));
}
`;

export const groundFragmentShader = `
in float v_distance;
in float v_cover;
flat in int v_class;
uniform vec3 u_ground[10];
${sharedGlsl}
void main() {
  float alpha = v_class == 8 ? 0.62 : v_cover;
  out_FragColor = vec4(finish(u_ground[v_class], v_distance), alpha);
}
`;

export const reliefAttributes = { position: 0, normal: 1, height: 2 };

export const reliefVertexShader = `
in vec3 position;
in vec3 normal;
in float height;
uniform float u_edgeNorth;
out vec3 v_normal;
out float v_height;
out float v_distance;
void main() {
  // The hills keep clear of everything that stands in the city.
  float share = smoothstep(u_edgeNorth, u_edgeNorth - 9000.0, position.y);
  v_height = height * share;
  v_normal = normalize(vec3(normal.xy * share, normal.z));
  vec4 eye = czm_modelView * vec4(position.xy, position.z + v_height, 1.0);
  v_distance = length(eye.xyz);
  gl_Position = czm_projection * eye;
}
`;

export const reliefFragmentShader = `
in vec3 v_normal;
in float v_height;
in float v_distance;
uniform vec3 u_ground[10];
uniform vec3 u_snow;
${sharedGlsl}
void main() {
  if (v_height < 4.0) discard;
  vec3 normal = normalize(v_normal);
  float light = 0.34 + 1.05 * max(dot(normal, normalize(vec3(-0.72, 0.30, 0.62))), 0.0);
  vec3 base = mix(u_ground[0], u_ground[9], smoothstep(0.0, 900.0, v_height));
  base = mix(base, u_snow, 0.6 * smoothstep(2500.0, 3200.0, v_height));
  vec3 color = base * light;
  // Hills are a hint: at their foot they grow out of the ground without an edge.
  color = mix(u_ground[0], color, smoothstep(4.0, 140.0, v_height));
  out_FragColor = vec4(finish(color, v_distance * 0.58), 1.0);
}
`;
