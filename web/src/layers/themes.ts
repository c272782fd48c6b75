import { rgb, type Rgb } from './color';

export type Theme = 'dark' | 'light';

export const groundClasses = [
  'ground', 'park', 'water', 'river', 'street', 'avenue', 'highway', 'mountain', 'district', 'relief',
] as const;
export type GroundClass = (typeof groundClasses)[number];

/** Everything of a theme that is not a state: the ground, the air and the unlit city. */
export interface ThemeColors {
  readonly ground: Readonly<Record<GroundClass, Rgb>>;
  readonly haze: Rgb;
  readonly neutral: Rgb;
  readonly lost: Rgb;
  readonly accent: Rgb;
  readonly buildingEdge: Rgb;
  /** Light from the sky and light from the sun, as shares of a surface's colour. */
  readonly ambient: number;
  readonly diffuse: number;
  readonly labelColor: string;
  readonly labelHalo: string;
}

export const themes: Readonly<Record<Theme, ThemeColors>> = {
  dark: {
    ground: {
      ground: rgb('#0d141c'),
      park: rgb('#11241f'),
      water: rgb('#123046'),
      river: rgb('#1a4463'),
      street: rgb('#1c2a37'),
      avenue: rgb('#2b3e50'),
      highway: rgb('#3d5468'),
      mountain: rgb('#1a2530'),
      district: rgb('#5f8fb0'),
      relief: rgb('#2b3b49'),
    },
    haze: rgb('#0f1924'),
    neutral: rgb('#364654'),
    lost: rgb('#5a6570'),
    accent: rgb('#7fdbff'),
    buildingEdge: rgb('#9fb6c8'),
    ambient: 0.62,
    diffuse: 0.42,
    labelColor: '#b9cad8',
    labelHalo: '#0a1017',
  },
  light: {
    ground: {
      ground: rgb('#e9edf0'),
      park: rgb('#d3e3d2'),
      water: rgb('#bcd7e8'),
      river: rgb('#a4c8df'),
      street: rgb('#fafbfc'),
      avenue: rgb('#ffffff'),
      highway: rgb('#f6e6c2'),
      mountain: rgb('#d8dcd9'),
      district: rgb('#5a7c96'),
      relief: rgb('#aeb9bb'),
    },
    haze: rgb('#dfe7ed'),
    neutral: rgb('#c3ccd3'),
    lost: rgb('#8d969d'),
    accent: rgb('#0a5fa5'),
    buildingEdge: rgb('#5c6b77'),
    ambient: 0.72,
    diffuse: 0.34,
    labelColor: '#334452',
    labelHalo: '#f4f7f9',
  },
};
