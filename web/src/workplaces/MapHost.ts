import type { Locale } from '../i18n/texts';
import type { BackdropSources, DistrictShape, GroundFile, MapPort } from '../layers/mapPort';
import type { CityScenes } from '../twins/CityScenes';
import { kindNames } from '../twins/cityTypes';
import { TwinKind, type SceneColumns } from '../twins/columns';
import { h } from './dom';
import type { Theme, View } from './ViewState';

export type OpenMap = (container: HTMLElement, options: { theme: Theme; locale: Locale }) => Promise<MapPort>;

export interface MapEvents {
  opened(map: MapPort): void;
  /** The map has drawn this kind anew and knows nothing of its states. */
  drawn(scene: SceneColumns): void;
  failed(reason: string): void;
}

/** Opens the map, brings it to where the page is, and lets it go when it fails: the page lives without it. */
export class MapHost {
  readonly element = h('div', { class: 'map-host', id: 'map' });
  readonly #open: OpenMap;
  readonly #events: MapEvents;
  readonly #scenes: CityScenes;
  #map: MapPort | undefined;
  #covered: MapPort | undefined;
  #opening = 0;
  #ground: GroundFile | undefined;
  #districts: readonly DistrictShape[] = [];
  #backdrop: BackdropSources = {};
  #drawing: Promise<void> = Promise.resolve();
  failure: string | undefined;
  /** Why the configured maps of others are not shown. */
  backdropFailure: string | undefined;

  constructor(open: OpenMap, scenes: CityScenes, events: MapEvents) {
    this.#open = open;
    this.#scenes = scenes;
    this.#events = events;
    this.element.addEventListener('citymap-failed', (event) => this.fail((event as CustomEvent).detail));
  }

  /** Once every scene that was given so far is drawn. */
  get drawn(): Promise<void> {
    return this.#drawing;
  }

  get map(): MapPort | undefined {
    return this.#map;
  }

  async open(theme: Theme, locale: Locale): Promise<void> {
    const opening = ++this.#opening;
    this.#release();
    this.failure = undefined;
    const container = h('div', { class: 'map-container' });
    this.element.replaceChildren(container);
    try {
      const map = await this.#open(container, { theme, locale });
      if (opening !== this.#opening) return map.dispose();
      this.#map = map;
      this.#events.opened(map);
      if (this.#ground) this.#lay(map, this.#ground);
      for (const scene of this.#scenes.all) this.draw(scene);
    } catch (error) {
      if (opening === this.#opening) this.fail(error);
    }
  }

  setGround(ground: GroundFile, districts: readonly DistrictShape[], backdrop: BackdropSources = {}): void {
    this.#ground = ground;
    this.#districts = districts;
    this.#backdrop = backdrop;
    if (this.#map) this.#lay(this.#map, ground);
  }

  #lay(map: MapPort, ground: GroundFile): void {
    map.setGround(ground, this.#districts);
    const { ionToken, tilesUrl, imageryUrl } = this.#backdrop;
    // Once a map: the ground comes again with every start of the server.
    if (this.#covered === map || !(ionToken || tilesUrl || imageryUrl)) return;
    this.#covered = map;
    this.backdropFailure = undefined;
    map.setBackdrop(this.#backdrop).catch((error: unknown) => {
      this.backdropFailure = error instanceof Error ? error.message : String(error);
    });
  }

  /** One scene after another: several at once would only make each wait longer for its first picture. */
  draw(scene: SceneColumns): void {
    const map = this.#map;
    if (!map) return;
    this.#drawing = this.#drawing.then(async () => {
      if (map !== this.#map) return;
      try {
        await map.setScene(scene);
        if (map === this.#map) this.#events.drawn(scene);
      } catch (error) {
        if (map === this.#map) this.fail(error);
      }
    });
  }

  show(view: View): void {
    if (!this.#map) return;
    for (const kind of kindNames) this.#map.setVisible(TwinKind[kind], !view.hidden.has(kind));
    this.#map.setBuildingMeasure(view.measure);
  }

  fail(error: unknown): void {
    this.#release();
    this.failure = error instanceof Error ? error.message : String(error);
    this.element.replaceChildren();
    this.#events.failed(this.failure);
  }

  #release(): void {
    const map = this.#map;
    this.#map = undefined;
    try {
      map?.dispose();
    } catch {
      // A map that has lost its graphics context may not be able to end in order; its canvas goes with the container.
    }
  }
}
