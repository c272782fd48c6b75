import { sharedGlsl, stateLookupGlsl, styleCountMax } from './shaders';

export const lampAttributes = { lamp: 0, slot: 1, corner: 2 };

/** Beyond this a pole is thinner than a pixel and its pool lost among the halos. */
export const lampFarMetres = 1300;

/** How far the light of one lamp reaches on the ground. */
export const poolMetres = 19;

const head = `
in vec3 lamp;
in float slot;
in vec2 corner;
${stateLookupGlsl}
uniform vec4 u_styles[${styleCountMax}];
uniform vec4 u_sizes[${styleCountMax}];
// As \`groundHeight\` says.
float groundBelow(vec2 place) {
  return -dot(place, place) / 12742000.0;
}
`;

export const poolVertexShader = `${head}
out vec2 v_corner;
flat out vec3 v_light;
out float v_distance;
void main() {
  ivec4 state = stateOf(slot);
  bool burns = state.g == 1 && mod(u_sizes[state.r].w, 2.0) > 0.5;
  v_corner = corner;
  vec4 eye = czm_modelView * vec4(lamp.xy + corner * ${poolMetres.toFixed(1)}, groundBelow(lamp.xy) + 0.2, 1.0);
  v_distance = length(eye.xyz);
  float near = 1.0 - smoothstep(${(lampFarMetres * 0.45).toFixed(1)}, ${lampFarMetres.toFixed(1)}, v_distance);
  v_light = burns ? u_styles[state.r].rgb * float(state.b) / 255.0 * near : vec3(0.0);
  // A dark lamp costs no pixels.
  gl_Position = burns ? czm_projection * eye : vec4(2.0, 2.0, 2.0, 1.0);
}
`;

export const poolFragmentShader = `
in vec2 v_corner;
flat in vec3 v_light;
in float v_distance;
uniform float u_poolStrength;
${sharedGlsl}
void main() {
  float fall = max(0.0, 1.0 - dot(v_corner, v_corner));
  float clear = exp(-pow(v_distance / u_hazeMetres, 2.0));
  out_FragColor = vec4(v_light * fall * fall * u_poolStrength * clear * u_live, 0.0);
}
`;

export const poleVertexShader = `${head}
out float v_distance;
void main() {
  vec4 eye = czm_modelView * vec4(lamp.xy, mix(lamp.z, groundBelow(lamp.xy), corner.y), 1.0);
  v_distance = length(eye.xyz);
  gl_Position = czm_projection * eye;
}
`;

export const poleFragmentShader = `
in float v_distance;
uniform vec3 u_pole;
${sharedGlsl}
void main() {
  float near = 1.0 - smoothstep(250.0, 750.0, v_distance);
  out_FragColor = vec4(finish(u_pole, v_distance), 0.7 * near);
}
`;
