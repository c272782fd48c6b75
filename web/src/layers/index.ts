import { CesiumWidget } from 'cesium';
import { CityMap } from './CityMap';
import type { MapPort } from './mapPort';
import { addStyles } from './styles';
import type { Locale } from './labels';
import type { Theme } from './themes';

/** The middle of Almaty, until the districts say where the city is. */
const defaultAnchor = [76.92, 43.25] as const;

const labelOfMap: Readonly<Record<Locale, string>> = {
  en: 'City map. Arrow keys move, plus and minus zoom, Page Up and Page Down tilt, Home shows the whole city.',
  ru: 'Карта города. Стрелки — перемещение, плюс и минус — масштаб, Page Up и Page Down — наклон, Home — весь город.',
  kk:
    'Қала картасы. Көрсеткілер — жылжыту, плюс пен минус — масштаб, Page Up пен Page Down — еңкейту, ' +
    'Home — бүкіл қала.',
};

/** Shows the city in `container`; rejects where the browser cannot draw it, so that the page can do without a map. */
export async function createCityMap(
  container: HTMLElement, options: { theme: Theme; locale: Locale },
): Promise<MapPort> {
  return startCityMap(container, options);
}

/** The same with all that `CityMap` offers beyond the port; `sampling` is the number of samples a pixel. */
export async function startCityMap(
  container: HTMLElement, options: { theme: Theme; locale: Locale; sampling?: number },
): Promise<CityMap> {
  const renderer = webGl2Renderer();
  if (renderer === undefined) throw new Error('The map needs WebGL 2, which this browser does not offer.');
  addStyles();
  container.classList.add('citymap');
  const credits = document.createElement('div');
  credits.className = 'citymap-credits';
  container.append(credits);
  const widget = new CesiumWidget(container, {
    globe: false, baseLayer: false, skyBox: false, skyAtmosphere: false, creditContainer: credits,
    scene3DOnly: true, requestRenderMode: true, maximumRenderTimeChange: Infinity, targetFrameRate: 60,
    orderIndependentTranslucency: false, showRenderLoopErrors: false, shadows: false,
    // Where the processor draws, four samples a pixel would cost four times the frame.
    msaaSamples: options.sampling ?? (/swiftshader|llvmpipe|software/i.test(renderer) ? 1 : 4),
  });
  const { scene } = widget;
  if (scene.sun) scene.sun.show = false;
  if (scene.moon) scene.moon.show = false;
  scene.logarithmicDepthBuffer = false;
  scene.farToNearRatio = 1e7;
  scene.fog.enabled = false;
  widget.useBrowserRecommendedResolution = false;
  scene.canvas.setAttribute('role', 'application');
  scene.canvas.setAttribute('aria-label', labelOfMap[options.locale]);
  scene.canvas.tabIndex = 0;
  // A drawing error stops Cesium's loop for good; the page hears of it and falls back to tables.
  const fail = (error: unknown): boolean =>
    container.dispatchEvent(new CustomEvent('citymap-failed', { detail: error, bubbles: true }));
  scene.renderError.addEventListener((_: unknown, error: unknown) => fail(error));
  scene.canvas.addEventListener('webglcontextlost', () => fail(new Error('The graphics context was lost.')));
  return new CityMap(container, widget, options.theme, options.locale, defaultAnchor);
}

function webGl2Renderer(): string | undefined {
  const context = document.createElement('canvas').getContext('webgl2');
  if (!context) return undefined;
  const info = context.getExtension('WEBGL_debug_renderer_info');
  const name = String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  // Browsers allow few contexts at a time; this one has said what it is for.
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}
